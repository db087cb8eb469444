"use strict";
(() => {
  const byId = (name) => document.getElementById(name);

  // ---- finding rules ----
  const rules = [...document.querySelectorAll("article.rule")].map((place) => ({
    place,
    tone: place.dataset.tone,
    words: place.textContent.toLowerCase().replace(/\s+/g, " "),
  }));
  const pages = [...document.querySelectorAll("#rules ~ .page")];
  const words = byId("rule-words");
  const urgency = byId("rule-urgency");

  const sift = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const rule of rules) {
      const fits = (!urgency.value || rule.tone === urgency.value) && wanted.every((word) => rule.words.includes(word));
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
