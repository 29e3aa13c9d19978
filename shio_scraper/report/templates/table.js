"use strict";
// Tables with search, sorting and pages. The document holds only the rows of the current page.
// Text from a page of the portal is always inserted as text, never as markup.

const PAGE = 50;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Text isolated in its own writing direction. */
function isolated(text) {
  return element("bdi", {}, text ?? "");
}

/** An address as a link, if it is a web address. */
function linked(url, text = url) {
  if (!/^https?:\/\//i.test(url)) return isolated(text);
  return element("a", { href: url, rel: "noreferrer noopener" }, isolated(text));
}

/** Data that the page holds as gzipped JSON in base64. */
async function unpacked(id) {
  const place = document.getElementById(id);
  if (!place) return [];  // the page was cut off
  const text = atob(place.textContent);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

const SHOWN = {
  p: (text) => element("p", {}, isolated(text)),
  h: (text) => element("h4", {}, isolated(text)),
  f: (name, text) => element("p", {}, element("b", {}, isolated(name)), " ", isolated(text)),
  a: (text, url) => element("p", {}, linked(url, text)),
};

const EDITS = { "=": "span", "-": "del", "+": "ins" };

/** The edits of a field, marked in its text. */
function edited([name, edits]) {
  const parts = edits.map(([how, text]) => element(EDITS[how], {}, text));
  return element("div", {}, element("code", {}, name), " ", element("bdi", {}, ...parts));
}

/** The changes of a record, the newest first. */
function story(key, count, changes) {
  const items = changes.map(([change, at, run, fields]) => element("li", {},
    `${at.slice(0, 16).replace("T", " ")} ${change}, told by ${run}`, ...fields.map(edited)));
  const more = count > changes.length
    ? [element("li", {}, `${count - changes.length} before: scrapy history ${key}`)] : [];
  return element("ul", { className: "changes" }, ...items.reverse(), ...more);
}

class Browser {
  constructor(place, data) {
    Object.assign(this, data);
    this.place = place;
    this.chunks = new Map();
    this.numbers = new Map(this.rows.map((row, number) => [row, number]));
    this.name = place.dataset.name;
    this.names = this.columns.map(([name]) => name);
    this.found = this.rows;
    this.page = 0;
    this.sorted = { column: -1, descending: false };
    this.body = element("tbody");
    this.told = element("p", { className: "note" });
    this.told.setAttribute("role", "status");
    place.append(this.controls(), this.table(), this.pager());
    this.show();
  }

  controls() {
    this.search = element("input", { type: "search", autocomplete: "off" });
    let waiting = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => this.find(), 100);
    });
    // Not on "change": a click on a row would leave the field and redraw the rows under the click.
    this.search.addEventListener("keydown", ({ key }) => {
      if (key !== "Enter") return;
      clearTimeout(waiting);
      this.find();
    });
    this.selects = this.filters.map((name) => this.filter(this.names.indexOf(name)));
    const labels = this.selects.map(({ column, select }) =>
      element("label", {}, this.columns[column][1], select));
    const search = element("label", {}, `Search the ${this.name}`, this.search);
    return element("div", { className: "controls" }, search, ...labels);
  }

  filter(column) {
    const values = [...new Set(this.rows.map((row) => row[column]))].sort();
    const select = element("select", {}, element("option", { value: "" }, "all"),
      ...values.map((value) => element("option", { value }, value)));
    select.addEventListener("change", () => this.find());
    return { column, select };
  }

  table() {
    this.heads = this.columns.slice(0, this.shown).map(([name, label], column) => {
      const button = element("button", { type: "button" }, label);
      button.addEventListener("click", () => this.sort(column));
      const head = element("th", { scope: "col", className: `column-${name}` }, button);
      return head;
    });
    const head = element("thead", {}, element("tr", {}, ...this.heads));
    return element("table", {}, head, this.body);
  }

  pager() {
    const turn = (label, by) => {
      const button = element("button", { type: "button" }, label);
      button.addEventListener("click", () => { this.page += by; this.show(); });
      return button;
    };
    [this.back, this.next] = [turn("Back", -1), turn("Next", 1)];
    const pager = element("nav", { className: "pager" }, this.back, this.next, this.told);
    pager.setAttribute("aria-label", `Pages of ${this.name}`);
    return pager;
  }

  /** Show the rows that match the search. */
  find() {
    this.found = this.matching();
    this.order();
  }

  /** The rows that contain every word in any cell, and that have the chosen values. */
  matching() {
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = this.selects.filter(({ select }) => select.value);
    if (words.length) this.read();
    return this.rows.filter((row) =>
      chosen.every(({ column, select }) => row[column] === select.value)
      && words.every((word) => this.texts.get(row).includes(word)));
  }

  /** Prepare the search: the lines at once, the texts of the records as they are unpacked. */
  async read() {
    if (this.texts) return;
    this.texts = new Map(this.rows.map((row) => [row, row.join("\n").toLowerCase()]));
    if (!this.chunk) return;
    this.place.setAttribute("aria-busy", "true");
    for (let first = 0; first < this.rows.length; first += this.chunk) {
      const texts = await unpacked(`text-${first / this.chunk}`);
      texts.forEach(([blocks], at) => {
        const row = this.rows[first + at];
        const text = blocks.map(([, ...words]) => words.join("\n")).join("\n").toLowerCase();
        this.texts.set(row, `${this.texts.get(row)}\n${text}`);
      });
    }
    this.place.setAttribute("aria-busy", "false");
    if (this.matching().length > this.found.length) this.find();  // else what is open stays open
  }

  /** The text of a row's record, and its history. */
  async text(row) {
    const number = this.numbers.get(row);
    const chunk = Math.floor(number / this.chunk);
    if (!this.chunks.has(chunk)) {
      this.chunks.clear();  // keep one chunk: the reader opens a record again, or its neighbours
      this.chunks.set(chunk, await unpacked(`text-${chunk}`));
    }
    return this.chunks.get(chunk)[number % this.chunk] ?? [[], 0, []];
  }

  sort(column) {
    const again = this.sorted.column === column;
    this.sorted = { column, descending: again && !this.sorted.descending };
    this.heads.forEach((head, index) => {
      const direction = this.sorted.descending ? "descending" : "ascending";
      if (index === column) head.setAttribute("aria-sort", direction);
      else head.removeAttribute("aria-sort");
    });
    this.found = [...this.found];
    this.order();
  }

  /** Sort the found rows. Rows without a value come last in both directions. */
  order() {
    const { column, descending } = this.sorted;
    if (column >= 0) {
      const sign = descending ? -1 : 1;
      this.found.sort((one, other) => {
        const [a, b] = [one[column], other[column]];
        if (!a || !b) return (a ? 0 : 1) - (b ? 0 : 1);
        return sign * collator.compare(a, b);
      });
    }
    this.page = 0;
    this.show();
  }

  show() {
    const first = this.page * PAGE;
    const shown = this.found.slice(first, first + PAGE);
    this.body.replaceChildren(...shown.map((row) => this.row(row)));
    this.back.disabled = this.page === 0;
    this.next.disabled = first + PAGE >= this.found.length;
    const count = this.found.length.toLocaleString("en");
    this.told.textContent = shown.length
      ? `${first + 1}–${first + shown.length} of ${count} ${this.name}`
      : `No ${this.name} found`;
  }

  row(row) {
    const made = element("tr");
    this.names.slice(0, this.shown).forEach((name, column) => {
      const cell = name === this.opens ? this.opener(row, made, column)
        : name === "url" ? linked(row[column]) : isolated(row[column]);
      made.append(element("td", { className: `column-${name}` }, cell));
    });
    return made;
  }

  opener(row, made, column) {
    const button = element("button", { type: "button", className: "opens" }, isolated(row[column]));
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", async () => {
      const open = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!open));
      if (open) {
        made.nextSibling.remove();
        return;
      }
      const cell = this.details(row);
      made.after(element("tr", { className: "details" }, cell));
      if (this.chunk) cell.prepend(...this.reading(row, await this.text(row)));
    });
    return button;
  }

  /** A record for a reader, and its changes. */
  reading(row, [blocks, count, changes]) {
    const value = (name) => row[this.names.indexOf(name)];
    const facts = [value("date"), value("section"), value("source")].filter(Boolean).join(" · ");
    const parts = [
      element("h3", {}, isolated(value("title"))),
      element("p", { className: "note" }, isolated(facts), " ",
        value("url") ? linked(value("url"), "the page") : ""),
      ...blocks.map(([form, ...texts]) => SHOWN[form](...texts)),
    ];
    const article = element("article", { lang: value("language") }, ...parts);
    return count ? [article, element("h4", {}, "History"), story(value("key"), count, changes)]
      : [article];
  }

  /** All columns of a row, and the command that shows more of its record. */
  details(row) {
    const list = element("dl");
    this.columns.forEach(([name, label], column) => {
      if (!row[column]) return;
      const value = name.endsWith("url") ? linked(row[column]) : isolated(row[column]);
      list.append(element("dt", {}, label), element("dd", {}, value));
    });
    const key = row[this.names.indexOf("key")];
    if (key) {
      const command = element("code", {}, `scrapy explain ${key}`);
      list.append(element("dt", {}, "Where each value comes from"), element("dd", {}, command));
    }
    const visible = this.heads.filter((head) => head.offsetWidth > 0);  // a phone shows fewer
    const known = this.chunk
      ? element("details", {}, element("summary", {}, "Where it comes from"), list) : list;
    return element("td", { colSpan: visible.length }, known);
  }
}

/** The tables in order: the records come first and wait for nothing. */
async function browse() {
  for (const place of document.querySelectorAll("[data-rows]")) {
    new Browser(place, await unpacked(place.dataset.rows));
  }
}

browse();
