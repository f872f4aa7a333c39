"use strict";
// Sort by a column's button, search by name, filter by status. No data leaves the page.
// Of a large class only the first matches stand in the page: thousands of rows are slow to lay out.
const FEW = 200;
const table = document.getElementById("students");
if (table) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const shown = document.getElementById("shown");
  const value = (row, index) => row.cells[index].dataset.v ?? row.cells[index].textContent;
  const { compare } = new Intl.Collator(undefined, { numeric: true });

  const more = document.getElementById("more");
  let limit = FEW;

  const matches = (words) => (row) => words.every((word) => row.dataset.text.includes(word)) &&
    (!status.value || row.dataset.status === status.value);
  const show = () => {
    const found = rows.filter(matches(search.value.toLowerCase().split(/\s+/).filter(Boolean)));
    const placed = found.slice(0, limit);
    body.replaceChildren(...placed);
    shown.textContent = `${placed.length} of ${rows.length} shown`;
    more.hidden = placed.length === found.length;
    more.textContent = `Show all ${found.length}`;
  };
  const showAll = () => { limit = rows.length; show(); };
  const sort = (header, index) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    const numeric = header.classList.contains("ag-num");
    const keyed = rows.map((row) => [numeric ? Number(value(row, index)) : value(row, index), row]);
    keyed.sort(([a], [b]) => (descending ? -1 : 1) * (numeric ? a - b : compare(a, b)));
    keyed.forEach(([, row], place) => { rows[place] = row; });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    show();
  };
  Array.from(table.tHead.rows[0].cells).forEach((header, index) => {
    const button = header.querySelector("button");
    if (button) button.addEventListener("click", () => sort(header, index));
  });
  // A number of students, opened: links to all of them, made from the rows of the table.
  const inOrder = [...rows];
  const link = (place, anchor) => {
    const made = inOrder[place].cells[0].querySelector("a").cloneNode(true);
    if (anchor) made.hash = anchor;
    const item = document.createElement("li");
    item.append(made);
    return item;
  };
  for (const list of document.querySelectorAll("details[data-who]"))
    list.addEventListener("toggle", () => list.querySelector("ul").replaceChildren(
      ...list.dataset.who.split(" ").map((place) => link(Number(place), list.dataset.anchor))),
      { once: true });
  search.addEventListener("input", show);
  status.addEventListener("change", show);
  more.addEventListener("click", showAll);
  addEventListener("beforeprint", showAll);
  show();
}
