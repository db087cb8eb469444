// ---- parts of a view; every text is a text, never markup ----

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const paragraph = (text, kind = null) => element("p", { class: kind }, text);
const heading = (text, caption = "") =>
  element("h1", { tabindex: "-1" }, caption && element("span", { class: "caption" }, caption), caption && " ", text);
const list = (items, { ordered = false, kind = null } = {}) =>
  element(ordered ? "ol" : "ul", { class: kind }, items.map((item) => element("li", {}, item)));
const button = (text, click, kind = "") => element("button", { type: "button", class: `button ${kind}`, click }, text);
const linkButton = (text, click, hidden = "") =>
  element("button", { type: "button", class: "link", click }, text, hidden && element("span", { class: "unseen" }, ` ${hidden}`));
const buttons = (...all) => element("div", { class: "buttons" }, ...all);
const section = (title, ...children) => element("section", {}, element("h2", {}, title), ...children);
const call = (number, text, kind = "") => element("a", { href: `tel:${number}`, class: `call ${kind}` }, text);

function letterElement(letter, kind = "") {
  const item = ({ text, strong }) => element("li", {}, text, strong && [" ", element("strong", {}, strong)]);
  return element(
    "article",
    { class: `letter ${kind}` },
    element("h2", { class: "title" }, letter.title),
    paragraph(letter.lead),
    letter.draft && paragraph(letter.draft, "draft"),
    letter.blanks.map((text) => paragraph(text, "blank")),
    element("p", {}, letter.summary.map(({ text, strong }, at) => [at > 0 && element("br"), element("strong", {}, strong), ` ${text}`])),
    letter.parts.map(({ heading: title, small, items }) => [
      element("h3", { class: "part" }, title),
      element("ul", { class: small ? "small" : null }, items.map(item)),
    ]),
    letter.closing.map((text) => paragraph(text, "small")),
  );
}
