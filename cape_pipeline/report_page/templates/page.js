// Tables that sort and filter. Without this script every table is there in full, in its own order.
const SHORT = 8;
const PAGED = 20;
const ROWS_A_PAGE = 10;
const tables = [...document.querySelectorAll("table.data")].map((element) => {
  const rows = element.tBodies[0].rows.length;
  const label = document.getElementById("table-" + element.dataset.table).textContent;
  const box = element.closest(".box");
  const table = new DataTable(element, {
    autoWidth: false,
    info: rows > SHORT,
    language: {
      entries: { _: "rows", 1: "row" },
      info: "_START_ to _END_ of _TOTAL_ rows",
      infoEmpty: "no rows",
      infoFiltered: "(of _MAX_)",
      lengthMenu: "_MENU_ rows a page",
      search: "Filter",
      zeroRecords: "No row holds that.",
    },
    layout: {
      topStart: rows > SHORT ? "search" : null,
      topEnd: rows > PAGED ? "pageLength" : null,
      bottomStart: rows > SHORT ? "info" : null,
      bottomEnd: rows > PAGED ? "paging" : null,
    },
    lengthMenu: [ROWS_A_PAGE, 50, { label: "all", value: -1 }],
    order: [],
    pageLength: ROWS_A_PAGE,
    paging: rows > PAGED,
  });
  // what scrolls sideways is now the table alone, not its controls
  const scrolled = element.parentElement;
  for (const name of ["role", "aria-labelledby", "tabindex"]) {
    scrolled.setAttribute(name, box.getAttribute(name));
    box.removeAttribute(name);
  }
  const search = box.querySelector("input[type=search]");
  if (search) search.setAttribute("aria-label", "Filter " + label);
  return table;
});

// On paper every row of every table stands in the order of the page, whatever is filtered or turned to on the screen.
let kept = null;
function toPaper() {
  if (kept) return;
  kept = tables.map((table) => ({ length: table.page.len(), page: table.page(), search: table.search() }));
  for (const table of tables) table.search("").page.len(-1).draw();
  document.documentElement.dataset.paper = "yes";
}
function toScreen() {
  if (!kept) return;
  tables.forEach((table, place) => {
    table.search(kept[place].search).page.len(kept[place].length).draw();
    table.page(kept[place].page).draw("page");
  });
  kept = null;
  delete document.documentElement.dataset.paper;
}
addEventListener("beforeprint", toPaper);
addEventListener("afterprint", toScreen);
matchMedia("print").addEventListener("change", (event) => (event.matches ? toPaper() : toScreen()));

// A link to evidence opens it.
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}
addEventListener("hashchange", openTarget);
openTarget();
document.documentElement.dataset.ready = "yes";
