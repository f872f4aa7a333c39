"use strict";
// Sort by a column's button, search by name, filter by status. No data leaves the page.
const table = document.getElementById("students");
if (table) {
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const shown = document.getElementById("shown");
  const value = (row, index) => row.cells[index].dataset.v ?? row.cells[index].textContent;
  const { compare } = new Intl.Collator(undefined, { numeric: true });

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.dataset.text;
      const visible = words.every((word) => text.includes(word)) &&
        (!status.value || row.dataset.status === status.value);
      row.hidden = !visible;
      count += visible ? 1 : 0;
    }
    shown.textContent = `${count} of ${rows.length} shown`;
  };
  const sort = (header, index) => {
    const descending = header.getAttribute("aria-sort") === "ascending";
    const numeric = header.classList.contains("ag-num");
    const keyed = rows.map((row) => [numeric ? Number(value(row, index)) : value(row, index), row]);
    keyed.sort(([a], [b]) => (descending ? -1 : 1) * (numeric ? a - b : compare(a, b)));
    keyed.forEach(([, row], place) => { rows[place] = row; });
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", descending ? "descending" : "ascending");
    body.replaceChildren(...rows);
  };
  Array.from(table.tHead.rows[0].cells).forEach((header, index) => {
    const button = header.querySelector("button");
    if (button) button.addEventListener("click", () => sort(header, index));
  });
  search.addEventListener("input", filter);
  status.addEventListener("change", filter);
  filter();
}
