"use strict";
const body = document.querySelector("#cases tbody"), rows = [...body.rows];
const heads = [...document.querySelectorAll("#cases thead th")];
const search = document.getElementById("search"), verdict = document.getElementById("verdict");

function show() {
  const text = search.value.trim().toLowerCase();
  for (const row of rows) {
    row.hidden = !(row.textContent.toLowerCase().includes(text) &&
      (verdict.value === "" || row.dataset.verdict === verdict.value));
  }
  const seen = rows.filter((row) => !row.hidden).length;
  document.getElementById("count").textContent = `${seen} of ${rows.length} projects`;
}

function sort(column) {
  const up = heads[column].getAttribute("aria-sort") !== "ascending";
  const numeric = heads[column].classList.contains("n");
  const key = (row) => {
    const cell = row.cells[column];
    if (!numeric) return cell.textContent;
    return "value" in cell.dataset ? Number(cell.dataset.value) : null;
  };
  rows.sort((a, b) => {
    const x = key(a), y = key(b);
    if (x === null || y === null) return (x === null) - (y === null);
    return (numeric ? x - y : x.localeCompare(y)) * (up ? 1 : -1);
  });
  body.append(...rows);
  heads.forEach((head, k) => head.setAttribute(
    "aria-sort", k !== column ? "none" : up ? "ascending" : "descending"));
}

heads.forEach((head, k) => head.firstElementChild.addEventListener("click", () => sort(k)));
search.addEventListener("input", show);
verdict.addEventListener("change", show);
show();
