"use strict";
(() => {
  const byId = (name) => document.getElementById(name);

  // ---- finding rules ----
  // Texts are read when somebody first searches, or the page would open a good deal later.
  const plain = (place) => place.textContent.toLowerCase().replace(/\s+/g, " ");
  const wordsIn = (field) => field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const texts = new Map();
  const holds = (place, wanted) => {
    if (!wanted.length) return true;
    if (!texts.has(place)) texts.set(place, plain(place));
    return wanted.every((word) => texts.get(place).includes(word));
  };
  const rules = [...document.querySelectorAll("article.rule")].map((place) => ({ place, tone: place.dataset.tone }));
  const pages = [...document.querySelectorAll("#rules ~ .page")];
  const words = byId("rule-words");
  const urgency = byId("rule-urgency");

  const sift = () => {
    const wanted = wordsIn(words);
    let count = 0;
    for (const rule of rules) {
      const fits = (!urgency.value || rule.tone === urgency.value) && holds(rule.place, wanted);
      rule.place.hidden = !fits;
      count += fits;
    }
    for (const page of pages) page.hidden = !page.querySelector("article.rule:not([hidden])");
    byId("rule-none").hidden = count > 0;
    byId("rule-count").textContent = count === rules.length ? `${count} rules` : `${count} of ${rules.length} rules`;
  };
  const showAll = () => {
    words.value = urgency.value = "";
    sift();
  };
  words.addEventListener("input", sift);
  words.addEventListener("keydown", (event) => event.key === "Escape" && showAll());
  urgency.addEventListener("change", sift);
  byId("rule-clear").addEventListener("click", showAll);
  byId("rule-controls").hidden = false;
  sift();

  // A link to a rule that is sifted out shows it again.
  const reveal = () => {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest("[hidden]")) return;
    showAll();
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // ---- finding anything ----
  const most = 30;
  const anything = byId("book-words");
  const titleOf = (place) => [...place.querySelectorAll("h4, th, .wide-cell strong")].slice(0, 2).map((one) => one.textContent.trim()).join(" ");
  const search = () => {
    const wanted = wordsIn(anything);
    const places = wanted.length ? [...document.querySelectorAll("article.entry, tr[id]")] : [];
    const found = places.filter((place) => holds(place, wanted)).map((place) => [place, titleOf(place)]);
    const named = ([, title]) => wanted.every((word) => title.toLowerCase().includes(word));
    found.sort((one, other) => named(other) - named(one));
    byId("book-count").textContent = !wanted.length ? "" : found.length > most
      ? `The first ${most} of ${found.length} entries` : `${found.length || "No"} ${found.length === 1 ? "entry" : "entries"}`;
    byId("book-hits").replaceChildren(...found.slice(0, most).map(([place, title]) => {
      const [line, link] = ["li", "a"].map((name) => document.createElement(name));
      link.href = `#${place.id || place.getAttribute("aria-labelledby")}`;
      link.textContent = title;
      line.append(link);
      return line;
    }));
  };
  const close = () => {
    anything.value = "";
    search();
  };
  anything.addEventListener("input", search);
  anything.addEventListener("keydown", (event) => event.key === "Escape" && close());
  byId("book-hits").addEventListener("click", (event) => event.target.matches("a") && close());
  byId("book-search").hidden = false;

  // ---- the map ----
  const picture = byId("map-picture");
  const choice = byId("map-choice");
  const boxes = [...picture.querySelectorAll(".box")];
  const strands = [...picture.querySelectorAll(".strands path")];
  const said = byId("map-words");

  const light = () => {
    const way = choice.value;
    const on = (box) => way !== "" && box.dataset.ways.split(" ").includes(way);
    const lit = new Set(boxes.filter(on).map((box) => box.dataset.box));
    picture.classList.toggle("chosen", way !== "");
    for (const box of boxes) box.classList.toggle("lit", lit.has(box.dataset.box));
    for (const strand of strands)
      strand.classList.toggle("lit", lit.has(strand.dataset.from) && lit.has(strand.dataset.end));
    said.replaceChildren();
    said.hidden = way === "";
    if (way === "") return;
    const chosen = choice.selectedOptions[0];
    const heading = document.createElement("p");
    const link = document.createElement("a");
    link.href = `#${chosen.dataset.to}`;
    link.textContent = chosen.textContent;
    heading.append("On the way to ", link, ":");
    said.append(heading, byId(chosen.dataset.to).closest("article").querySelector(".way").cloneNode(true));
  };
  choice.addEventListener("change", light);
  byId("map-clear").addEventListener("click", () => {
    choice.value = "";
    light();
  });
  for (const box of boxes) box.addEventListener("click", () => (location.hash = box.dataset.box));
  byId("map-controls").hidden = false;
  light();
})();
