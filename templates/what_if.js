(() => {
const CONTROL = ["place", "name", "label", "times", "whole", "unit", "file", "low", "high", "least", "most", "used"];  // _made, _used
for (const panel of DATA.panels) panel.controls = panel.controls.map(c => Object.fromEntries(c.map((x, k) => [CONTROL[k], x])));
const W = DATA.words, base = {}, cache = {}, changes = {}, chosen = {}, panels = new Map();
for (const panel of DATA.panels)  // _panel
  panel.schemes = panel.schemes.map(([name, title, deal, models, rows]) => ({name, title, deal, models, rows}));
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_, key) => parts[key]);

// -- how figures are written (words.py) --------------------------------------------------------------
const number = (x, digits = 0) => x.toLocaleString("en-US", {minimumFractionDigits: digits, maximumFractionDigits: digits, roundingMode: "halfEven"})
  .replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−");
const plain = x => number(x, Math.abs(x) >= 1000 ? 0 : 6).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
const rate = x => x <= -0.5 ? W.below + " −50%" : number(100 * x, 1) + "%";
const share = digits => x => x > DATA.much ? "> " + number(100 * DATA.much) + "%" : number(100 * x, digits) + "%";
const written = {  // of a scheme: lending.py
  rate: share(2), scheme: share(0), count: x => number(x),
  money: x => number(x) + " " + DATA.currency, ratio: x => number(x, 2), irr: rate, percent: x => number(100 * x, 1) + "%",
  months: x => fill(W.years, {number: number(x / 12, 1)}), number: x => number(x),
};
const show = (kind, run, name) => {
  const x = run.v[name];
  if (x === x && x !== undefined) return written[kind](x);
  return run.irrs[name] ? W[run.irrs[name].status] : W.blank;
};
const element = (tag, attributes = {}, ...inside) => {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
};
const when = (panel, t) => {
  const [year, month] = panel.closing, p = panel.perYear;
  if (p > 12) return year + "-" + String(month).padStart(2, "0") + " +" + t + "w";
  const m = year * 12 + month - 1 + Math.floor(t * 12 / p);
  const written = DATA.months[m % 12];
  return written ? written + " " + (Math.floor(m / 12) + DATA.era) : Math.floor(m / 12) + "-" + String(m % 12 + 1).padStart(2, "0");
};

// -- the changed inputs: one set for the whole page --------------------------------------------------
const baseOf = c => {
  const model = BOOK.models.find(m => m.name === c.place);
  return {...BOOK.usual, ...BOOK.shared, ...model && model.inputs}[c.name];
};
const shown = (c, x) => Number((x * c.times).toPrecision(12));
const now = c => changes[c.place] && c.name in changes[c.place] ? changes[c.place][c.name] : baseOf(c);
function set(c, display) {
  const x = display / c.times;
  if (display === shown(c, baseOf(c))) {
    if (changes[c.place]) delete changes[c.place][c.name];
    if (changes[c.place] && !Object.keys(changes[c.place]).length) delete changes[c.place];
  } else (changes[c.place] = changes[c.place] || {})[c.name] = x;
}
const known = new Map(DATA.panels.flatMap(p => p.controls.map(c => [c.place + "." + c.name, c])));
const changed = () => [...known].filter(([, c]) => now(c) !== baseOf(c));
const hash = () => "#set=" + [...changed().map(([key, c]) => key + ":" + shown(c, now(c))),
  ...Object.entries(chosen).map(([panel, scheme]) => panel + ":" + scheme)].join(";");
function readHash() {
  const text = decodeURIComponent(location.hash);
  if (!text.startsWith("#set=")) return;
  for (const set of [changes, chosen]) for (const key of Object.keys(set)) delete set[key];
  for (const part of text.slice(5).split(";")) {
    const [key, value] = part.split(":"), c = known.get(key), x = Number(value);
    if (c && value && allowed(c, x)) set(c, x);
    if (DATA.panels.some(p => p.name === key && p.schemes.some(s => s.name === value))) chosen[key] = value;
  }
}
const allowed = (c, x) => Number.isFinite(x) && (c.least === null || x >= c.least) && (c.most === null || x <= c.most);
const schemeOf = panel => panel.schemes.find(s => s.name === chosen[panel.name]);
const command = (panel, scheme) => fill(W.compare, {project: panel.name, scheme: scheme.name})
  + (changed().length ? " --set what-if.yaml" : "");
function asYaml() {
  const lines = ["# Inputs changed on the page of " + JSON.stringify(DATA.title), "# " + W.use];
  for (const panel of DATA.panels) {
    const scheme = schemeOf(panel);
    if (scheme) lines.push("# " + fill(W.seen, {project: panel.name, title: JSON.stringify(scheme.title)}), "# " + command(panel, scheme));
  }
  lines.push("name: what-if", "changes:");
  const places = new Map();
  for (const [, c] of changed()) places.set(c.place, [...places.get(c.place) || [], "    " + c.name + ": " + shown(c, now(c)) + c.file]);
  for (const [place, rows] of places) lines.push("  " + place + ":", ...rows);
  return lines.join("\n") + "\n";
}

// -- a slider with its number box ------------------------------------------------------------------
const steps = c => c.whole ? Math.round(c.high - c.low) : 100;
function at(c, k) {  // the value at a place of the slider, with as many digits as it wants
  if (k <= 0) return c.low;
  if (k >= steps(c)) return c.high;
  const digits = c.whole ? 0 : Math.max(0, 2 - Math.floor(Math.log10(c.high - c.low)));
  return Number((c.low + (c.high - c.low) * k / steps(c)).toFixed(Math.min(digits, 12)));
}
const placeOf = (c, x) => Math.round(steps(c) * (x - c.low) / (c.high - c.low || 1));

function control(c, id, panel) {
  const unit = c.unit ? ", " + c.unit : "";
  const slider = element("input", {type: "range", id, min: 0, max: steps(c), step: 1});
  const box = element("input", {type: "number", step: "any", "aria-label": c.label + unit + ", " + W.number});
  for (const end of ["least", "most"]) if (c[end] !== null) box.setAttribute(end === "least" ? "min" : "max", c[end]);
  const range = fill(W.range, {low: plain(c.low), high: plain(c.high), base: plain(shown(c, baseOf(c)))});
  const wrong = element("span", {class: "wrong", role: "alert"}), idle = element("span", {class: "soft", id: id + "-idle"}, W.own);
  const row = element("div", {class: "control"}, element("label", {for: id}, c.label + unit), slider, box,
    element("span", {}, c.unit), element("span", {class: "soft"}, range), wrong, idle);
  slider.addEventListener("input", () => { set(c, at(c, Number(slider.value))); soon(); });
  box.addEventListener("input", () => {
    const x = box.value === "" ? NaN : Number(box.value);
    wrong.textContent = allowed(c, x) ? "" : fill(W.allowed, {least: plain(c.least ?? -1e15), most: plain(c.most ?? 1e15)});
    if (allowed(c, x)) { set(c, x); soon(); }
  });
  const refresh = () => {
    const x = shown(c, now(c));
    slider.value = placeOf(c, x);
    slider.setAttribute("aria-valuetext", plain(x) + unit.replace(",", ""));
    if (document.activeElement !== box || wrong.textContent === "") {
      if (Number(box.value) !== x || box.value === "") box.value = x;
      wrong.textContent = "";
    }
    row.classList.toggle("moved", now(c) !== baseOf(c));
    const off = Boolean(schemeOf(panel)) && !c.used;
    idle.hidden = !off;
    for (const input of [slider, box]) {
      input.disabled = off;
      off ? input.setAttribute("aria-describedby", idle.id) : input.removeAttribute("aria-describedby");
    }
  };
  return {row, refresh};
}

// -- the valley ----------------------------------------------------------------------------------------
const SVG = "http://www.w3.org/2000/svg", HIGH = 260, LEFT = 64, RIGHT = 16, TOP = 10, FOOT = 30;
function drawn(svg, tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  svg.append(made);
}
function ticks(low, high, wanted) {
  const rough = (high - low) / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(k => k * power).find(s => s >= rough * (1 - 1e-9));
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) found.push(k * step);
  return found;
}
function found(panel, runs, name) {  // where a figure or curve stands: run, name; how it is called, written
  const scheme = schemeOf(panel), [theirs, label, kind] = DATA.under[name] || [];
  return scheme && theirs ? [runs[scheme.deal], theirs, label, kind] : [runs[panel.name], name];
}
function draw(svg, panel, runs) {
  const WIDE = Math.max(300, Math.min(760, svg.parentNode.clientWidth - 24));
  const first = base[panel.name].v, then = {};
  for (const name of DATA.curves) { const [run, theirs] = found(panel, runs, name); then[name] = run.v[theirs]; }
  const all = DATA.curves.flatMap(n => [...first[n], ...then[n]]);
  let low = Math.min(0, ...all), high = Math.max(0, ...all);
  const room = 0.06 * (high - low || 1), n = then[DATA.curves[0]].length - 1;
  low -= room; high += room;
  const x = t => (LEFT + (WIDE - LEFT - RIGHT) * t / n).toFixed(1);
  const y = v => (TOP + (HIGH - TOP - FOOT) * (high - v) / (high - low)).toFixed(1);
  const large = Math.max(-low, high), divide = large >= 1e6 ? 1e6 : 1;
  const title = fill(W.curve, {size: (divide > 1 ? W.million + " " : "") + DATA.currency});
  svg.replaceChildren();
  svg.setAttribute("viewBox", "0 0 " + WIDE + " " + HIGH);
  svg.previousSibling.textContent = title;
  for (const v of ticks(low / divide, high / divide, 5)) {
    drawn(svg, "line", {class: v ? "grid" : "zero", x1: LEFT, x2: WIDE - RIGHT, y1: y(v * divide), y2: y(v * divide)});
    drawn(svg, "text", {class: "axis end", x: LEFT - 6, y: Number(y(v * divide)) + 4}, plain(v));
  }
  for (const year of ticks(0, n / panel.perYear, WIDE / 80))
    drawn(svg, "text", {class: "axis mid", x: x(year * panel.perYear), y: HIGH - 12}, plain(year));
  const path = values => "M" + Array.from(values, (v, t) => x(t) + " " + y(v)).join("L");
  for (const name of DATA.curves) drawn(svg, "path", {class: "base", d: path(first[name])});
  DATA.curves.forEach((name, k) => drawn(svg, "path", {class: k ? "curve dashed" : "curve", d: path(then[name])}));
  const deepest = v => {
    const t = v.indexOf(Math.min(...v));
    return v[t] < 0 ? fill(W.deepest, {amount: written.money(v[t]), when: when(panel, t)}) : W.never;
  };
  svg.setAttribute("aria-label", title + ": " + deepest(then[DATA.curves[0]]) + "; " + W.base + ": " + deepest(first[DATA.curves[0]]));
}

// -- a project's panel -------------------------------------------------------------------------------
function flagOf(panel, [, , , figure, flag, owners], runs) {  // where a line's flag and figure stand
  if (!flag) return null;
  const scheme = schemeOf(panel), theirs = scheme && runs[scheme.deal];
  if (theirs) return owners || !(flag in theirs.v) ? null : {run: theirs, met: theirs.v[flag], figure: DATA.under[figure][0], kind: DATA.under[figure][2]};
  const end = owners ? "_" + panel.owner : "", run = runs[owners ? "cluster" + end : panel.name];
  return {run, met: run.v[flag + end], figure: figure + end};
}
function recommended(panel, runs) {
  if (schemeOf(panel)) {
    const flags = DATA.policy.map(line => flagOf(panel, line, runs)).filter(Boolean);
    return W[!panel.requested ? "not assessed" : flags.some(one => !one.met) ? "decline" : "conditional"];
  }
  if (!panel.requested || !(runs[panel.name].v[DATA.debt] > DUST)) return W["no loan"];
  const flags = DATA.policy.map(line => flagOf(panel, line, runs));
  return flags.some(found => found && !found.met) ? W.decline : panel.unfailed;
}
function held(kind, run, name, limit) {  // with as many digits as keep it on its side of the limit (words.py)
  const x = run.v[name], text = show(kind, run, name), years = kind === "months";
  const times = years ? 1 / 12 : ["irr", "percent", "rate", "scheme"].includes(kind) ? 100 : 1;
  const digits = {ratio: 2, rate: 2, scheme: 0}[kind] ?? 1, v = x * times, against = years ? limit : limit * times;
  if (!(x > -0.5) || (times > 1 && x > DATA.much)) return text;
  for (let d = digits; d < 7; d++) {
    const off = Number(v.toFixed(d)) - against;
    if (off > 1e-9 !== v > against || off < -1e-9 !== v < against) continue;
    return d === digits ? text : years ? fill(W.years, {number: number(v, d)}) : number(v, d) + (times > 1 ? "%" : "");
  }
  return text;
}
function lineOf(panel, line, runs) {
  const flag = flagOf(panel, line, runs);
  return flag ? W[flag.met ? "met" : "failed"] + " (" + held(flag.kind || line[2], flag.run, flag.figure, line[6]) + ")" : W["not assessed"];
}
function rowsOf(panel, runs) {  // of each row: label, text
  const policy = panel.requested ? DATA.policy : [];
  return [
    ...DATA.figures.map(([label, kind, name]) => {
      const [run, theirs, called, how] = found(panel, runs, name);
      return [called || label, show(how || kind, run, theirs)];
    }),
    ...policy.map(line => [line[0] + ", " + line[1], lineOf(panel, line, runs)]),
    [W.recommendation, recommended(panel, runs)],
  ];
}
// -- lending models ----------------------------------------------------------------------------------
const KIND = {percent: "scheme"};
function chooser(panel) {  // the drop-down, and the figures that the scheme has of its own
  if (!panel.schemes.length) return {parts: [element("p", {class: "soft"}, DATA.none)], table: "", refresh: () => {}};
  const id = "what-if-" + panel.name + "-model";
  const select = element("select", {id}, ...[{name: "", title: W.written}, ...panel.schemes].map(s => element("option", {value: s.name}, s.title)));
  select.addEventListener("change", () => {
    if (select.value) chosen[panel.name] = select.value; else delete chosen[panel.name];
    soon();
  });
  const under = element("p", {class: "soft"}, W.under + " " + DATA.lending), ask = element("p", {class: "soft"});
  const box = element("div"), firsts = {};
  const runsOf = (scheme, changes, last) => MODEL.runAll(BOOK, changes, last, scheme.models);
  const text = ([, kind, model, name], runs) => show(KIND[kind] || kind, runs[model], name);
  let shownOf = null, cells = [];
  const table = scheme => {
    firsts[scheme.name] = firsts[scheme.name] || runsOf(scheme, {}, {});
    const head = [W.figure, W.at_base, W.with].map((said, k) => element("th", {scope: "col", class: k ? "n" : ""}, said));
    cells = scheme.rows.map(() => element("td", {class: "n"}));
    const rows = scheme.rows.map((row, k) => element("tr", {}, element("th", {scope: "row"}, row[0]),
      element("td", {class: "n"}, text(row, firsts[scheme.name])), cells[k]));
    box.replaceChildren(element("table", {}, element("caption", {}, fill(W.of, scheme)), element("thead", {}, element("tr", {}, ...head)),
      element("tbody", {}, ...rows)));
  };
  const refresh = runs => {
    const scheme = schemeOf(panel);
    select.value = scheme ? scheme.name : "";
    under.hidden = ask.hidden = box.hidden = !scheme;
    if (!scheme) return;
    ask.textContent = command(panel, scheme);
    if (shownOf !== scheme) table(scheme);
    shownOf = scheme;
    scheme.rows.forEach((row, k) => {
      cells[k].textContent = runs ? text(row, runs) : W.blank;
      cells[k].classList.toggle("is-moved", cells[k].textContent !== cells[k].previousSibling.textContent);
    });
  };
  return {parts: [element("p", {class: "model"}, element("label", {for: id}, W.model), select), under], table: box, ask, refresh};
}
function build(panel) {
  const place = document.getElementById("what-if-" + panel.name);
  const controls = panel.controls.map((c, k) => control(c, "what-if-" + panel.name + "-" + k, panel)), lender = chooser(panel);
  const wrong = element("p", {class: "wrong", role: "alert"}), spoken = element("p", {role: "status", class: "unseen"});
  const own = MODEL.runAll(BOOK, {}, {}, panel.models);
  panel.perYear = BOOK.models.find(m => m.name === panel.name).perYear;
  base[panel.name] = own[panel.name];
  const first = rowsOf({...panel, schemes: []}, own), cells = first.map(() => element("td", {class: "n"}));
  const head = [W.figure, W.base, W.changed].map((text, k) => element("th", {scope: "col", class: k ? "n" : ""}, text));
  const labels = first.map(([label]) => element("th", {scope: "row"}, label));
  const rows = first.map(([, text], k) => element("tr", {}, labels[k], element("td", {class: "n"}, text), cells[k]));
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["class", "chart"], ["role", "img"]]) svg.setAttribute(key, value);
  const reset = element("button", {type: "button"}, W.reset);
  const link = element("a", {}, W.link), file = element("a", {download: "what-if.yaml"}, W.file);
  const use = element("p", {class: "soft"}, W.use);
  reset.addEventListener("click", () => { for (const set of [changes, chosen]) for (const key of Object.keys(set)) delete set[key]; soon(); });
  place.append(element("p", {class: "soft"}, W.note), ...lender.parts, element("div", {class: "controls"}, ...controls.map(c => c.row)),
    element("p", {class: "actions"}, reset, link, file), wrong, element("p", {class: "soft"}), svg, element("p", {class: "soft"}, W.legend),
    element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...rows)),
    lender.table, lender.ask || "", spoken, use);
  let timer = 0;
  const refresh = () => {
    for (const c of controls) c.refresh();
    link.setAttribute("href", hash());
    file.setAttribute("href", "data:text/yaml;charset=utf-8," + encodeURIComponent(asYaml()));
    file.hidden = use.hidden = !changed().length;
    link.hidden = file.hidden && !Object.keys(chosen).length;
    const scheme = schemeOf(panel), models = scheme ? [...panel.models, ...scheme.models] : panel.models;
    let runs;
    try { runs = Object.assign(cache, MODEL.runAll(BOOK, changes, cache, models)); } catch {
      wrong.textContent = W.wrong;
      lender.refresh(null);
      for (const cell of cells) cell.textContent = W.blank;
      return;
    }
    wrong.textContent = "";
    const then = rowsOf(panel, runs);
    lender.refresh(runs);
    then.forEach(([label, text], k) => {
      labels[k].textContent = label;
      cells[k].textContent = text;
      cells[k].classList.toggle("is-moved", text !== first[k][1]);
    });
    draw(svg, panel, runs);
    clearTimeout(timer);
    timer = setTimeout(() => {
      const moved = then.map((row, k) => [row, first[k]]).filter(([a, b]) => a[1] !== b[1]);
      spoken.textContent = moved.length
        ? moved.map(([a, b]) => a[0] + ": " + fill(W.said, {changed: a[1], base: b[1]})).join(". ") + "." : W.unchanged;
    }, 400);
  };
  panels.set(panel.name, {place, refresh});
  refresh();
}
let waiting = false;
function soon() {  // once a frame, however fast one drags
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    for (const {place, refresh} of panels.values()) if (place.open) refresh();
  });
}
for (const panel of DATA.panels) {
  const place = document.getElementById("what-if-" + panel.name);
  place.hidden = false;
  place.addEventListener("toggle", () => {
    if (place.open) panels.has(panel.name) ? panels.get(panel.name).refresh() : build(panel);
  });
}
const follow = () => {
  readHash();
  for (const panel of DATA.panels)
    if (schemeOf(panel) || panel.controls.some(c => now(c) !== baseOf(c))) document.getElementById("what-if-" + panel.name).open = true;
  soon();
};
addEventListener("hashchange", follow);
follow();
})();
