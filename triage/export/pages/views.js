// ---- views: one thing a page, in the patterns of health services' design systems ----

function viewsOf(data, interview, results, files, go) {
  const say = sayer(data.words);
  const { questions } = interview;
  const words = (moment, id) => results.labels(interview.shown(moment, id), moment.given[id]).join("; ");
  const emergencyCalls = () =>
    element("div", { class: "calls" },
      call(data.numbers[0][0], say("page.call", { number: data.numbers[0][0] }), "big"),
      paragraph([say("page.other_numbers"), data.numbers.slice(1).map(([number, where]) => [" ", call(number, `${number} ${where}`.trim())])], "small"));
  const changeLink = (id) => linkButton(say("page.change"), () => go.show("change", { asks: id }), questions.get(id).text);
  const today = () => {
    const now = new Date();
    return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
  };

  const stale = () => data.review_by && today() > data.review_by
    && element("div", { class: "notice stale" }, paragraph(say("page.stale", { date: data.review_by })));

  // ---- the start ----

  const start = (moment, { faults = [] } = {}) => {
    const input = element("input", { type: "file", id: "file", accept: ".json,application/json", change: () => go.load(input) });
    return {
      title: data.heading,
      faults: faults.map((text) => [text, "file"]),
      body: [
        heading(data.heading),
        stale(),
        element("div", { class: "notice" }, emergencyCalls()),
        data.introduction.split("\n").map((text) => paragraph(text)),
        data.draft_notice && paragraph(data.draft_notice, "inset"),
        paragraph(say("page.private")),
        buttons(button(say("page.start"), () => go.begin(moment), "start")),
        element("details", { open: faults.length > 0 },
          element("summary", {}, say("page.load_title")),
          element("div", { class: "field" }, element("label", { for: "file" }, say("page.load")), element("p", { class: "hint", id: "file-hint" }, say("page.load_hint")), input)),
        data.stories.length > 0 && element("details", {},
          element("summary", {}, say("page.stories_title")),
          paragraph(say("page.stories_hint")),
          list(data.stories.map((story, at) => linkButton(story.title, () => go.play(at))), { kind: "plain" })),
      ],
    };
  };

  // ---- a question ----

  const question = (moment, { id, text = null, current = [], caption, next, why = true }) => {
    const asked = interview.shown(moment, id);
    const kind = asked.multiple ? "checkbox" : "radio";
    const extra = asked.unknown ? [{ code: "unknown", label: say("interview.unknown"), alone: true }] : [];
    const together = asked.choices.filter((choice) => !choice.alone);
    const apart = [...asked.choices.filter((choice) => choice.alone), ...extra];
    const inputs = [];
    const row = (choice) => {
      const name = `choice-${inputs.length}`;
      const input = element("input", {
        type: kind, name: "answer", id: name, value: choice.code, checked: current.includes(choice.code),
        "aria-describedby": choice.description ? `${name}-hint` : null,
        // A sign takes "none" back, the cautious direction; "none" never takes a sign back.
        change: () => {
          if (kind === "checkbox" && input.checked && !choice.alone)
            for (const other of inputs) if (other.dataset.alone !== undefined) other.checked = false;
        },
        "data-alone": Boolean(choice.alone),
      });
      inputs.push(input);
      return element("div", { class: "choice" }, input,
        element("label", { for: name }, choice.label),
        choice.description && element("p", { class: "hint", id: `${name}-hint` }, choice.description));
    };
    const rows = [
      ...(asked.multiple ? together : asked.choices).map(row),
      asked.multiple && apart.length > 0 && element("p", { class: "or" }, say("page.or")),
      ...(asked.multiple ? apart : extra).map(row),
    ];
    const hints = [asked.help && text === null ? asked.help : null, asked.multiple ? say("page.several") : null].filter(Boolean);
    const form = element("form", {
      novalidate: true,
      submit: (event) => {
        event.preventDefault();
        const codes = inputs.filter((input) => input.checked).map((input) => input.value);
        const fault = chosenFault(asked, codes);
        if (!fault) return next(codes);
        const message = say(fault[0], { label: fault[1] && [...asked.choices, ...extra].find(({ code }) => code === fault[1]).label });
        return go.faulty([[message, inputs[0].id]], form.querySelector("fieldset"));
      },
    },
    element("fieldset", { "aria-describedby": hints.map((_, at) => `hint-${at}`).join(" ") || null },
      element("legend", {}, heading(text ?? asked.text, caption)),
      hints.map((hint, at) => element("p", { class: "hint", id: `hint-${at}` }, hint)),
      rows),
    buttons(element("button", { type: "submit", class: "button" }, say("page.continue"))));
    const reasons = why ? interview.reads(moment, id) : [];
    const shown = reasons.slice(0, data.most_reads);
    const rest = reasons.length - shown.length;
    return {
      title: text ?? asked.text,
      body: [
        moment.said.emergency_seen && paragraph(say("interview.reminder"), "inset"),
        form,
        shown.length > 0 && element("details", {}, element("summary", {}, say("interview.why")),
          paragraph(say("interview.why_lead")), list([...shown, ...(rest > 0 ? [say("interview.and_more", { count: rest })] : [])])),
        moment.history.length > 0 && paragraph(linkButton(say("page.your_answers"), () => go.show("answers"))),
      ],
    };
  };

  // What a change took back or set aside.
  const changed = ({ again, aside }) => {
    const text = (id) => questions.get(id).text;
    const told = [
      again.length > 0 && [paragraph(say("interview.more_fit")), list(again.map(text))],
      aside.map((id) => paragraph(say("interview.now_aside", { question: text(id) }))),
    ].flat(2).filter(Boolean);
    return told.length ? [element("div", { class: "inset", id: "changes" }, told)] : [];
  };

  const sectionOf = (id) => data.sections[questions.get(id).section];
  const prefilled = (moment, id) => go.storyAnswer(id) ?? interview.offered(moment, id);
  const nextQuestion = (moment, { coming }) => {
    const left = interview.left(moment).all - 1;
    const number = moment.history.length + 1;
    const place = say(left > 0 ? "page.question_more" : "page.question_last", { number, left });
    return question(moment, {
      id: coming.question,
      current: prefilled(moment, coming.question),
      caption: `${sectionOf(coming.question)}: ${place}`,
      next: (codes) => go.moved(interview.answered(moment, coming.question, codes)),
    });
  };

  const askedAgain = (moment, { coming }) => question(moment, {
    id: coming.question,
    text: questions.get(coming.question).again,
    current: go.storyAnswer(coming.question) ?? [],
    caption: say("page.once_more"),
    next: (codes) => {
      const before = moment.given[coming.question];
      const same = before.length === codes.length && before.every((code) => codes.includes(code));
      const after = same ? moment : interview.answered(moment, coming.question, codes);
      return go.moved(interview.askedAgain(after, coming.question));
    },
  });

  const change = (moment, { asks }) => question(moment, {
    id: asks,
    current: moment.given[asks] ?? [],
    caption: say("page.changing"),
    next: (codes) => go.changed(interview.answered(moment, asks, codes)),
  });

  // ---- on the way ----

  const emergency = (moment) => {
    const judged = results.result(moment);
    return {
      title: say(`result.${judged.urgency}`),
      kind: "interrupting",
      body: [
        heading(say(`result.${judged.urgency}`)),
        paragraph(judged.headline, "lead"),
        emergencyCalls(),
        list(judged.next_steps, { ordered: true }),
        element("h2", {}, say("interview.help_first")),
        buttons(
          button(say("interview.stop"), () => go.moved(interview.stopped(moment)), "inverse"),
          button(say("interview.go_on"), () => go.moved(interview.goingOn(moment)), "inverse quiet"),
          button(say("interview.slip"), () => go.show("answers"), "inverse quiet")),
      ],
    };
  };

  const contradiction = (moment, { coming }) => {
    const rule = data.rules.find(({ id }) => id === coming.rule);
    const noted = interview.pointedOut(moment, coming.rule);
    return {
      title: say("interview.together"),
      body: [
        heading(say("interview.together")),
        paragraph(`${rule.title}. ${rule.why}`),
        element("dl", { class: "answers" }, coming.questions.map((id) => answerRow(moment, id, new Set(), () => go.show("change", { asks: id }, noted)))),
        paragraph(say("interview.maybe_slip")),
        buttons(button(say("interview.keep"), () => go.moved(noted))),
      ],
    };
  };

  const readBack = (moment, { coming }) => {
    const told = coming.questions.map((id) => {
      const { text, choices } = interview.shown(moment, id);
      const mild = choices.filter((one) => one.mild && moment.given[id].includes(one.code)).map(({ label }) => label);
      const denied = choices.filter(({ code, warning }) => warning && !moment.given[id].includes(code)).map(({ label }) => label);
      return [id, text, mild, denied];
    });
    const besides = told.some(([, , mild]) => mild.length);
    return {
      title: say("interview.before_result"),
      body: [
        heading(say("interview.before_result")),
        paragraph(say(besides ? "interview.none_besides" : "interview.none_of_these"), "lead"),
        element("dl", { class: "answers" }, told.map(([id, text, mild, denied]) =>
          element("div", {}, element("dt", {}, text),
            element("dd", {}, paragraph(say(mild.length ? "interview.apart_from" : "interview.none_of", { signs: mild.join("; ") })), list(denied)),
            element("dd", { class: "change" }, changeLink(id))))),
        buttons(button(say("interview.right"), () => go.moved(interview.confirmed(moment)))),
      ],
    };
  };

  // ---- all answers ----

  const answerRow = (moment, id, aside, click) =>
    element("div", {},
      element("dt", {}, questions.get(id).text),
      element("dd", {}, words(moment, id), aside.has(id) && paragraph(say("interview.aside"), "hint")),
      element("dd", { class: "change" }, linkButton(say("page.change"), click, questions.get(id).text)));

  const answers = (moment) => {
    const aside = new Set(interview.judged(moment).said("set aside"));
    const given = data.questions.filter(({ id }) => Object.hasOwn(moment.given, id));
    return {
      title: say("interview.your_answers"),
      body: [
        heading(say("interview.your_answers")),
        Object.entries(data.sections).map(([name, title]) => {
          const inside = given.filter((one) => one.section === name);
          return inside.length > 0 && section(title,
            element("dl", { class: "answers" }, inside.map(({ id }) => answerRow(moment, id, aside, () => go.show("change", { asks: id })))));
        }),
        given.length === 0 && paragraph(say("interview.no_answers")),
        buttons(button(say("page.continue"), () => go.moved(moment))),
        paragraph(linkButton(say("page.save"), () => go.save(moment))),
      ],
    };
  };

  // ---- the result ----

  const atWorst = (judged) => {
    const urgent = judged.at_worst !== judged.urgency;
    if (!urgent && judged.outcome_at_worst === judged.outcome) return null;
    const known = judged.at_worst_because.length > 0;
    const worse = urgent ? say("result.could_still_be", { worst: say(`result.worst_${judged.at_worst}`) }) : say("result.may_not_be_benign");
    const hurry = data.hurry.includes(judged.at_worst);
    return element("div", { class: "notice worse" },
      element("h2", {}, say(known ? "result.because_unknown" : "result.not_all_asked", { worse })),
      known && list(judged.at_worst_because.map(({ question: id, asked }) => {
        const signs = questions.get(id).choices.filter(({ warning }) => warning).map(({ label }) => label);
        return id === data.screen ? [asked, list(signs)] : asked;
      })),
      known && paragraph(say(hurry ? "result.find_out" : "result.no_hurry")));
  };

  const reason = (moment, judged, one) => {
    const benign = judged.outcome === data.benign;
    const denied = (answer) => {
      const { red_flag, choices } = questions.get(answer.question);
      return red_flag && answer.codes.every((code) => choices.some((choice) => choice.code === code && choice.alone));
    };
    const telling = one.because.filter((answer) => !benign || !denied(answer));
    return element("li", {}, element("strong", {}, one.title),
      paragraph(one.why),
      telling.length > 0 && element("details", {}, element("summary", {}, say("page.behind"), element("span", { class: "unseen" }, ` ${one.title}`)),
        list(telling.map(({ asked, answered }) => `${asked} ${answered.join("; ")}`), { kind: "told" })));
  };

  const result = (moment, { coming }) => {
    const judged = results.result(moment);
    const benign = judged.outcome === data.benign;
    const urgent = judged.urgency === data.urgent_first;
    const calms = ({ vote }) => Number(benign && vote === "benign"); // what the pattern is comes first
    const told = (answers) => answers.map(({ asked, answered }) => `${asked} ${answered.join("; ")}`);
    const notices = section(say("result.notices"), list(judged.notices));
    const details = interview.left(moment).details;
    const lead = go.story() ? say("letter.made_up") : say("letter.lead", { date: today() });
    const letter = results.letter(moment, judged, lead);
    return {
      title: say(`result.${judged.urgency}`),
      body: [
        element("section", { class: `card ${judged.urgency}` },
          heading(say(`result.${judged.urgency}`)),
          element("div", { class: "inside" },
            paragraph(judged.headline, "lead"),
            urgent && emergencyCalls(),
            paragraph(say("result.how_soon", { text: judged.how_soon })),
            paragraph(say("result.verdict", { text: judged.verdict })))),
        stale(),
        atWorst(judged),
        judged.next_steps.length > 0 && section(say("result.what_to_do"), list(judged.next_steps, { ordered: true })),
        !urgent && notices,
        section(say("result.why"), element("ul", { class: "reasons" }, [...judged.reasons].sort((one, other) => calms(other) - calms(one)).map((one) => reason(moment, judged, one)))),
        judged.could_not_rule_out.length > 0 && section(say("result.not_ruled_out"), list(judged.could_not_rule_out.map(({ asked }) => asked))),
        judged.set_aside.length > 0 && section(say("result.set_aside"), list(told(judged.set_aside))),
        section(say("result.pattern"), judged.types.length
          ? list(judged.types.map(({ name, description }) => `${name}. ${description}`)) : paragraph(say("result.no_pattern"))),
        !benign && judged.causes.length > 0 && section(say("result.causes"),
          paragraph(say("result.for_the_doctor")), list(judged.causes.map(({ name, why }) => `${name}. ${why}`))),
        judged.seek_help_sooner_if.length > 0 && section(say("result.sooner"), list(judged.seek_help_sooner_if)),
        urgent && notices,
        coming.step === "details" && section(say("page.more_title"),
          paragraph(details === 1 ? say("interview.one_detail") : say("interview.details", { count: details })),
          buttons(button(say("interview.details_yes"), () => go.moved(interview.withDetails(moment, true)), "quiet"),
            button(say("interview.details_no"), () => go.moved(interview.withDetails(moment, false)), "quiet"))),
        section(say("page.next_title"),
          paragraph(say("page.letter_hint")),
          buttons(button(say("page.print"), () => window.print()), button(say("page.see_letter"), () => go.show("letter"), "quiet")),
          list([linkButton(say("page.check"), () => go.show("answers")),
            linkButton(say("page.save"), () => go.save(moment)),
            linkButton(say("page.save_result"), () => go.saveResult(judged))], { kind: "plain" })),
        paragraph(say("result.stamp", { title: data.title, version: judged.protocol.version, status: judged.protocol.review_status, engines: judged.engines.join(", ") }), "small"),
      ],
      paper: letterElement(letter, "paper"),
    };
  };

  const letter = (moment) => {
    const lead = go.story() ? say("letter.made_up") : say("letter.lead", { date: today() });
    const made = results.letter(moment, results.result(moment), lead);
    return {
      title: made.title,
      body: [heading(say("page.letter_title")), buttons(button(say("page.print"), () => window.print())), letterElement(made)],
    };
  };

  const deleting = () => ({
    title: say("page.delete_title"),
    body: [
      heading(say("page.delete_title")),
      paragraph(say("page.delete_hint")),
      buttons(button(say("page.delete_yes"), go.forget, "grave"), button(say("page.delete_no"), () => history.back(), "quiet")),
    ],
  });

  const byStep = { question: nextQuestion, asked_again: askedAgain, emergency, contradiction, read_back: readBack, details: result, result };
  const coming = (moment) => {
    const value = interview.next(moment);
    return byStep[value.step](moment, { coming: value });
  };
  return { start, coming, change, changed, answers, letter, deleting, emergencyCalls };
}
