// ---- the page: which view is shown, Back and reload, and what is kept while it is open ----

function startPage(data, circuit) {
  const say = sayer(data.words);
  const interview = interviewOf(data, circuit);
  const results = resultsOf(data, interview);
  const files = answerFilesOf(data, interview, results.labels);
  const main = document.querySelector("main");
  const banner = document.getElementById("story");
  const storage = `triage ${data.stamp.name} ${data.stamp.digest} ${data.sum}`;

  // Every view that was shown is an entry; the browser's own history holds its number.
  let entries = [{ view: "start", moment: interview.fresh() }];
  let at = 0;
  const entry = () => entries[at];

  const keep = () => {
    try {
      sessionStorage.setItem(storage, JSON.stringify(entries));
    } catch {
      // Nothing can be kept here, so a reload begins anew.
    }
  };
  const takenBack = ({ given }, later) =>
    Object.fromEntries(Object.entries(later.given).filter(([id]) => !Object.hasOwn(given, id)));
  const push = (more) => {
    entries = entries.slice(0, at + 1);
    entries.push({ story: entry().story ?? null, ...more });
    at += 1;
    keep();
    history.pushState(at, "");
    show();
  };

  // ---- showing ----

  // The second click of a double one was meant for what stood there before: for half a second a new view takes none, or
  // an answer would be chosen that nobody gave. Keys are no clicks (their detail is 0), and a call for help never waits.
  let shownAt = -Infinity;
  document.addEventListener("click", (event) => {
    if (!event.detail || event.timeStamp - shownAt > 500 || event.target.closest("a")) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });

  const show = ({ first = false } = {}) => {
    const { view, moment: kept, story = null, ...more } = entry();
    // What was answered behind this view and taken back by going back is offered again.
    const moment = { ...kept, withdrawn: { ...kept.withdrawn, ...takenBack(kept, entries.at(-1).moment) } };
    const made = views[view](moment, more);
    const told = more.changes ? views.changed(more.changes) : [];
    const faults = made.faults ?? [];
    document.title = `${faults.length ? say("page.error_title") : ""}${made.title} - ${data.title}`;
    document.body.className = made.kind ?? "";
    banner.replaceChildren(...(story === null ? [] : [storyTold(story)]));
    banner.hidden = story === null;
    main.replaceChildren(...[at > 0 && element("p", { class: "back" }, linkButton(say("page.back"), () => history.back())), ...told, ...made.body].flat(Infinity).filter(Boolean));
    document.getElementById("paper").replaceChildren(...(made.paper ? [made.paper] : []));
    document.getElementById("delete").hidden = view === "start" || view === "deleting";
    if (faults.length) go.faulty(faults);
    else if (!first) {
      const title = main.querySelector("h1");
      if (document.getElementById("changes")) title.setAttribute("aria-describedby", "changes");
      title.focus({ preventScroll: true });
      window.scrollTo(0, 0);
      shownAt = performance.now();
    }
  };
  const storyTold = (number) => {
    const { title, text } = data.stories[number];
    return element("div", {},
      element("details", { open: entry().moment.history.length === 0 }, element("summary", {}, say("page.story", { title })),
        paragraph(text), paragraph(say("page.story_hint"))),
      linkButton(say("page.story_end"), () => push({ view: "start", story: null, moment: interview.fresh() })));
  };

  const download = (name, text) => {
    const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    element("a", { href: address, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };
  const now = () => new Date().toISOString().replace(/\.\d+Z$/, "+0000");

  const go = {
    begin: ({ withdrawn }) => push({ view: "coming", story: null, moment: { ...interview.fresh(), withdrawn } }),
    play: (number) => push({ view: "coming", story: number, moment: interview.fresh() }),
    story: () => entry().story !== null && entry().story !== undefined,
    storyAnswer: (id) => (go.story() ? data.stories[entry().story].answers[id] ?? ["unknown"] : null),
    moved: (moment, view = "coming") => push({ view, moment, changes: interview.changes(entry().moment, moment) }),
    // After a change all answers are shown as they stand now, unless help comes first or the change was asked for on the way.
    changed: (moment) => {
      const from = entries[at - 1]?.view;
      go.moved(moment, from === "answers" && interview.next(moment).step !== "emergency" ? "answers" : "coming");
    },
    show: (view, more = {}, moment = entry().moment) => push({ view, ...more, moment }),
    faulty: (faults, field = null) => {
      main.querySelector(".fault-summary")?.remove();
      main.querySelector(".fault")?.remove();
      const summary = element("div", { class: "fault-summary", role: "alert", tabindex: "-1", "aria-labelledby": "fault-title" },
        element("h2", { id: "fault-title" }, say("page.problem")),
        list(faults.map(([text, id]) => linkButton(text, () => document.getElementById(id)?.focus())), { kind: "plain" }));
      if (field) {
        const message = element("p", { class: "fault", id: "fault" }, element("span", { class: "unseen" }, say("page.error_title")), faults[0][0]);
        field.querySelector(".choice").before(message);
        field.setAttribute("aria-describedby", [...new Set([...(field.getAttribute("aria-describedby") ?? "").split(" "), "fault"])].join(" ").trim());
      }
      main.prepend(summary);
      if (!document.title.startsWith(say("page.error_title"))) document.title = say("page.error_title") + document.title;
      summary.focus();
      shownAt = performance.now();
    },
    load: async (input) => {
      const [file] = input.files;
      if (!file) return;
      const { moment, faults } = files.read(file.size > LONGEST_FILE ? " ".repeat(LONGEST_FILE + 1) : await file.text());
      if (faults) push({ view: "start", faults, story: null, moment: interview.fresh() });
      else push({ view: interview.next(moment).step === "emergency" ? "coming" : "answers", story: null, moment });
    },
    save: (moment) => download(`${data.stamp.name}-answers.json`, files.written(moment, now(), `${data.stamp.name}-answers`)),
    saveResult: (judged) => download(`${data.stamp.name}-result.json`, `${JSON.stringify(judged, null, 2)}\n`),
    forget: () => {
      try {
        sessionStorage.removeItem(storage);
      } catch {
        // Nothing was kept.
      }
      entries = [{ view: "start", moment: interview.fresh() }];
      at = 0;
      history.pushState(0, "");
      show();
    },
  };
  const views = viewsOf(data, interview, results, files, go);

  // ---- Back, Forward, reload ----

  const restore = () => {
    try {
      const found = JSON.parse(sessionStorage.getItem(storage));
      if (Array.isArray(found) && found.length) entries = found;
    } catch {
      // Nothing was kept.
    }
  };
  addEventListener("popstate", ({ state }) => {
    at = Math.min(Number.isInteger(state) ? state : 0, entries.length - 1);
    show();
  });
  document.getElementById("delete").addEventListener("click", () => go.show("deleting"));
  restore();
  at = Math.min(Number.isInteger(history.state) ? history.state : 0, entries.length - 1);
  if (history.state === null) {
    entries = [{ view: "start", moment: interview.fresh() }];
    history.replaceState(0, "");
  }
  show({ first: true });
}

// Nothing is shown that bytes or device might have spoilt: both are tried before the first view.
async function begin() {
  const written = document.getElementById("data");
  try {
    const text = written.textContent;
    if (checksum(new TextEncoder().encode(text)) !== Number(written.dataset.sum)) throw new Error("the data are damaged");
    const packed = new Blob([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))]);
    const unpacked = new Response(packed.stream().pipeThrough(new DecompressionStream("deflate")));
    const bytes = new Uint8Array(await unpacked.arrayBuffer());
    const end = bytes.indexOf(10);
    const data = { ...JSON.parse(new TextDecoder().decode(bytes.subarray(0, end))), sum: written.dataset.sum };
    const circuit = openCircuit(bytes.subarray(end + 1));
    if (selfTest(circuit, data.self_test) !== data.self_test.sum) throw new Error("this device calculates otherwise");
    startPage(data, circuit);
  } catch (error) {
    document.getElementById("broken").hidden = false;
    document.getElementById("waiting").hidden = true;
    console.error(error);
  }
}
