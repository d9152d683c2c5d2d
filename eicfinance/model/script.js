"use strict";
// The page's rendering of models: what script.py writes, computed here as numeric.py computes it.
// A blank (a ratio with nothing due, no single rate) is NaN inside a run and nowhere else.
const EPS = 1e-9, DUST = 1e-6;  // expr.py
const MODEL = (() => {

// -- operations: v.x is an input, result or row of numbers by period --------------------------------
const div = (a, b) => b ? a / b : NaN;  // a workbook's error is NaN, so that the row is refused
const pow = (a, b) => a === 0 && b <= 0 ? NaN : Math.pow(a, b);
const gt = (a, b, near = EPS) => a !== a || b !== b ? NaN : +(a > b + near);
const ge = (a, b, near = EPS) => a !== a || b !== b ? NaN : +(a >= b - near);
const where = (flag, a, b) => flag !== flag ? NaN : flag ? a : b;
const min = Math.min, max = Math.max, floor = a => Math.floor(a + EPS);
const orElse = (a, b) => a !== a ? b : a;
const ratio = (a, b, near = EPS) =>  // infinite, as NaN would be taken for a blank
  a !== a || b !== b ? Infinity : Math.abs(b) > near ? a / b : NaN;
const before = (row, t) => t ? row[t - 1] : 0;
const whole = (n, least) => {
  const k = Math.round(n);
  if (!(Math.abs(n - k) <= EPS && k >= least)) throw new Error("a lag is no whole number from " + least + " up");
  return k;
};
const lag = (row, t, n, least) => { const k = t - whole(n, least); return k < 0 ? 0 : row[k]; };
const lead = (row, t, n) => { const k = t + whole(n, 0); return k < row.length ? row[k] : 0; };
const sum = row => { let s = 0; for (const x of row) s += x; return s; };
const best = (row, better) => {
  let found = NaN;
  for (const x of row) if (x === x && !(found === found && !better(x, found))) found = x;
  return found;
};
const lowest = row => best(row, (a, b) => a < b);
const highest = row => best(row, (a, b) => a > b);
const first = row => { const t = row.indexOf(1); return t < 0 ? NaN : t; };

// -- internal rate of return: irr.py, for one series ------------------------------------------------
const REASONS = ["", "all flows are zero", "the flows never turn positive", "the flows never turn negative",
  "NPV has no zero at any rate above -100%", "a zero of NPV lies at a rate too large to express",
  "the only rate above 0%: below it NPV has one sign, above it the other"];
const STATUS = ["none", "one", "several"];
const LOWEST = -1 + 2 ** -53, ZERO = 1e-12, BALANCE = 1e-13, HIGHEST = 10, SETTLED = 1e-9;
const OVERLAP = 0.01, DEEPEST = 40, COARSE = 24, FINE = 2000;

const grid = (points, spread, start) => Array.from({length: points}, (_, k) => {
  const from = Math.asinh(DEEPEST / spread), to = Math.asinh(start / spread);
  return Math.exp(-spread * Math.sinh(from + (to - from) * k / (points - 1)));
});
const finest = grid(FINE, 0.02, -OVERLAP);
const value = (a, w) => { let s = 0; for (let k = a.length - 1; k >= 0; k--) s = s * w + a[k]; return s; };
const slope = (a, w) => { let s = 0; for (let k = a.length - 1; k > 0; k--) s = s * w + k * a[k]; return s; };
const isZero = (a, w) => Math.abs(value(a, w)) <= ZERO * value(a.map(Math.abs), w);
const bound = a => Math.abs(a[0]) / (Math.abs(a[0]) + 1);

function aligned(c) {  // moved up past its leading zeros
  const start = c.findIndex(x => x !== 0);
  return c.map((_, k) => start + k < c.length ? c[start + k] : 0);
}

function polish(a, low, high, w, positive) {  // Newton's method, with bisection where it errs
  let last = high - low;
  for (let count = 0; count < 200; count++) {
    const here = value(a, w);
    if ((here >= 0) === positive) low = w; else high = w;
    let next = w - here / slope(a, w), step = Math.abs(next - w);
    const newton = next >= low && next <= high && step <= 0.5 * last && count < 60;
    if (!newton) next = Math.sqrt(low) * Math.sqrt(high);
    last = Math.abs(next - w);
    w = next;
    if (newton && step <= SETTLED * w || high - low <= 4e-16 * high) break;
  }
  return w;
}

function quick(a, changes) {  // a root proved to be the only one, or NaN
  const w = [0, ...grid(COARSE, 0.5 / a.length, 0)], at = w.map(x => value(a, x));
  const positive = at.map(x => x >= 0);
  let crossings = 0, cell = -1;
  positive.forEach((p, k) => { crossings += k > 0 && p !== positive[k - 1]; cell += p === positive[0]; });
  if (crossings !== 1) return NaN;
  const high = w[cell + 1], low = Math.max(w[cell], Math.min(bound(a), high));
  const start = low + (high - low) * at[cell] / (at[cell] - at[cell + 1]);
  const root = polish(a, low, high, start, positive[cell]);
  if (changes === 1) return root;
  let balance = a[a.length - 1], least = balance, most = balance;
  for (let k = a.length - 2; k > 0; k--) {
    balance = balance * root + a[k];
    least = Math.min(least, balance);
    most = Math.max(most, balance);
  }
  return least >= -BALANCE || most <= BALANCE ? root : NaN;
}

function scanSide(a) {
  const rate = a.slice(1).map((x, k) => x * (k + 1)), rising = finest.map(w => value(rate, w) >= 0);
  const last = finest[FINE - 1], points = [[bound(a), Math.sign(a[0])], [last, value(a, last) >= 0 ? 1 : -1]];
  for (let k = 1; k < FINE; k++) {
    if (rising[k] === rising[k - 1]) continue;
    const left = finest[k - 1], right = finest[k];
    const w = polish(rate, left, right, Math.sqrt(left * right), rising[k - 1]);
    points.push([w, isZero(a, w) ? 0 : value(a, w) >= 0 ? 1 : -1]);
  }
  points.sort((p, q) => p[0] - q[0]);
  const roots = points.filter(p => p[1] === 0).map(p => p[0]);
  for (let k = 1; k < points.length; k++) {
    const [low, sign] = points[k - 1], [high, other] = points[k];
    if (sign * other < 0) roots.push(polish(a, low, high, Math.sqrt(low) * Math.sqrt(high), sign > 0));
  }
  return roots;
}

function growths(c, changes) {  // every root as 1 + i a period, ascending
  const sides = [aligned(c), aligned([...c].reverse())];
  const [v, u] = sides.map(a => quick(a, changes));
  if (v === v) return [1 / v];
  if (u === u) return [u];
  const found = [...scanSide(sides[0]).map(w => 1 / w), ...scanSide(sides[1])].sort((p, q) => p - q);
  return found.filter((x, k) => {
    const middle = k ? Math.sqrt(x) * Math.sqrt(found[k - 1]) : 0;
    return !k || !isZero(sides[middle >= 1 ? 0 : 1], Math.min(middle, 1 / middle));
  });
}

function irr(flows, perYear) {
  const size = flows.reduce((most, x) => Math.max(most, Math.abs(x)), 0) || 1;
  const c = Array.from(flows, x => x / size);
  let sign = 0, changes = 0;
  for (const x of c) {
    const now = Math.sign(x) || sign;
    changes += now * sign < 0;
    sign = now;
  }
  if (!changes) return {status: "none", rate: NaN, roots: [], reason: REASONS[[2, 1, 3][sign + 1]], changes};
  const all = growths(c, changes).map(x => Math.max(Math.pow(x, perYear) - 1, LOWEST));
  const roots = all.filter(x => x < Infinity), alone = roots.filter(x => x > 0);
  let reason = all.length === 0 ? 4 : roots.length < all.length ? 5 : 0, rate = NaN;
  if (all.length === 1 && roots.length) rate = roots[0];
  const turns = Math.sign(sum(flows)) === -Math.sign(flows.find(x => x !== 0));
  if (all.length > 1 && !reason && alone.length === 1 && alone[0] <= HIGHEST && turns) [rate, reason] = [alone[0], 6];
  const status = STATUS[all.length === 1 && rate !== rate ? 0 : Math.min(all.length, 2)];
  return {status, rate, roots, reason: REASONS[reason], changes};
}

// -- figures that the engine finds: solving.py, for one scenario ------------------------------------
const TRIES = 60, SOLVED = 1e-12, FLAT = 0.02;
const dot = (a, b) => a.reduce((s, x, k) => s + x * b[k], 0);

function next(tries) {
  const [x, f] = tries[tries.length - 1];
  if (tries.length === 1) return f;
  const size = x.map(a => 1 + Math.abs(a)), ends = tries.slice(0, -1);
  const off = x.map((a, k) => (f[k] - a) / size[k]);
  const columns = ends.map(([a, b]) => {
    const moved = x.map((y, k) => (y - a[k]) / size[k]), length = Math.sqrt(dot(moved, moved)) || 1;
    const answered = f.map((y, k) => (y - b[k]) / size[k] / length);
    return {answered, left: answered.map((y, k) => y - moved[k] / length)};
  });
  for (let sweep = 0; sweep < 30; sweep++)  // columns turned until they stand upright on each other
    for (let i = 0; i < columns.length; i++)
      for (let j = i + 1; j < columns.length; j++) {
        const p = columns[i], q = columns[j], cross = dot(p.left, q.left);
        if (!cross) continue;
        const tilt = (dot(q.left, q.left) - dot(p.left, p.left)) / (2 * cross);
        const t = (tilt < 0 ? -1 : 1) / (Math.abs(tilt) + Math.hypot(1, tilt)), c = 1 / Math.hypot(1, t), s = c * t;
        for (const part of ["left", "answered"]) {
          const [a, b] = [p[part], q[part]];
          p[part] = a.map((y, k) => c * y - s * b[k]);
          q[part] = a.map((y, k) => s * y + c * b[k]);
        }
      }
  const back = x.map(() => 0);
  for (const {answered, left} of columns) {
    const square = dot(left, left);
    if (Math.sqrt(square) > FLAT) answered.forEach((y, k) => back[k] += y * dot(left, off) / square);
  }
  return f.map((y, k) => y - size[k] * back[k]);
}

function find(v, pairs, compute) {
  const unknown = Object.keys(pairs);
  let tries = [];
  for (let k = 0; k < TRIES; k++) {
    compute();
    const x = unknown.map(name => v[name]), f = unknown.map(name => v[pairs[name]]);
    if (x.every((a, j) => !(Math.abs(f[j] - a) > SOLVED * (1 + Math.abs(a))))) return;
    tries = [...tries, [x, f]].slice(-1 - unknown.length);
    next(tries).forEach((a, j) => v[unknown[j]] = a);
  }
  throw new Error("found no value of " + unknown + " in " + TRIES + " tries");
}

// -- models -----------------------------------------------------------------------------------------
// A row is [name, formula, blank]: of a line (v, m) => t => value, of a result (v, m) => value. A step
// of a model is one row, or several that go together period by period.

function timeline(model) {
  const t = Array.from({length: model.end + 1}, (_, k) => k), p = model.perYear;
  const year = t.map(k => Math.ceil(k / p)), season = t.map(k => (k + model.start - 1) % p + 1);
  return {end: model.end, perYear: p, year, season, last: t.map(k => +(k === model.end)),
    yearEnd: t.map(k => +(k > 0 && k % p === 0)), irrs: {}};
}

function checked(row, t, x) {
  if (row[2] ? Math.abs(x) === Infinity : !Number.isFinite(x))
    throw new Error(row[0].replace("$", ".") + " has no value" + (t === undefined ? "" : " in period " + t));
  return x;
}

function step(rows, v, m) {
  if (!Array.isArray(rows[0])) {  // one row, all periods at once
    const row = rows, f = row[1](v, m);
    if (typeof f !== "function") { v[row[0]] = checked(row, undefined, f); return; }
    const values = new Float64Array(m.end + 1);
    for (let t = 0; t <= m.end; t++) values[t] = checked(row, t, f(t));
    v[row[0]] = values;
    return;
  }
  for (const row of rows) v[row[0]] = new Float64Array(m.end + 1).fill(NaN);
  const formulas = rows.map(row => row[1](v, m)), made = rows.map(row => v[row[0]]);
  for (let t = 0; t <= m.end; t++)
    for (let k = 0; k < rows.length; k++) made[k][t] = checked(rows[k], t, formulas[k](t));
}

function stepsOf(model) {  // from "3-5 7 8,9, 10," to [3, 4, 5, 7, [8, 9], [10]]
  return model.steps.split(" ").flatMap(text => {
    if (text.includes(",")) return [text.split(",").slice(0, -1).map(Number)];
    const [from, to] = text.split("-").map(Number);
    return Array.from({length: (to ?? from) - from + 1}, (_, k) => from + k);
  });
}

// What one model gives: all its inputs, lines and results by name, and m.irrs with the rates' kinds.
// changed: its inputs that differ. runs: of the models that it is given lines of, by name.
function run(book, model, changed, runs) {
  const m = timeline(model), v = Object.assign({}, book.usual, book.shared, model.inputs, changed);
  for (const [name, values] of Object.entries(model.vectors))  // a season, one value for all, or by period
    if (!(name in changed)) v[name] = values.length === m.perYear ? m.season.map(s => values[s - 1])
      : values.length === 1 ? m.year.map(() => values[0]) : values;
  for (const [name, [source, line]] of Object.entries(model.given)) {
    const theirs = runs[source].v[line];
    v[name] = Float64Array.from(m.year, (_, t) => t < theirs.length ? theirs[t] : 0);
  }
  for (const [name, [source, result]] of Object.entries(model.tied))
    if (!(name in changed)) v[name] = runs[source].v[result];
  const rows = stepsOf(model).map(s => Array.isArray(s) ? s.map(k => book.rows[k]) : book.rows[s]);
  const pairs = Object.fromEntries(Object.entries(model.solved).filter(([name]) => !(name in changed)));
  const [from, to] = Object.keys(pairs).length ? model.tries : [0, 0];
  for (const some of rows.slice(0, from)) step(some, v, m);
  if (to) find(v, pairs, () => { for (const some of rows.slice(from, to)) step(some, v, m); });
  for (const some of rows.slice(to)) step(some, v, m);
  return {v, irrs: m.irrs};
}

// The models of a book in order. changes: model name, or "economy" for shared inputs -> input -> value.
// last: earlier runs, which stand where nothing behind them has changed. only: names of models.
function runAll(book, changes, last = {}, only = null) {
  const runs = {};
  for (const model of book.models.filter(m => !only || only.includes(m.name))) {
    const shared = Object.entries(changes.economy || {}).filter(([name]) => name in book.shared && !(name in model.inputs));
    const changed = Object.assign(Object.fromEntries(shared), changes[model.name]), key = JSON.stringify(changed);
    const old = last[model.name], sources = [model.given, model.tied].flatMap(Object.values).map(([name]) => name);
    const same = old && old.key === key && sources.every(name => runs[name] === last[name]);
    runs[model.name] = same ? old : Object.assign(run(book, model, changed, runs), {key});
  }
  return runs;
}

const rate = (name, row, near, m) => {  // crumbs of rounding would make a rate near -100%
  m.irrs[name] = irr(Array.from(row, x => Math.abs(x) <= near ? 0 : x), m.perYear);
  return m.irrs[name].rate;
};
return {run, runAll, irr, div, pow, min, max, gt, ge, where, floor, orElse, ratio, before, lag, lead, sum, lowest, highest, first, rate};
})();
