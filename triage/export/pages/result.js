// ---- the result and its letter: what the gates say, put into the protocol's words ----

function resultsOf(data, interview) {
  const say = sayer(data.words);
  const rules = new Map(data.rules.map((rule) => [rule.id, rule]));
  const flags = data.questions.filter((question) => question.red_flag);
  const labels = (one, codes) => [
    ...one.choices.filter(({ code }) => codes.includes(code)).map(({ label }) => label),
    ...data.states.filter((state) => codes.includes(state)).map((state) => data.state_words[state]),
  ];
  const codesOf = (moment, id) => (moment.given[id] ?? []).filter((code) => code !== "unknown");

  const result = (moment) => {
    const { said, because } = interview.judged(moment);
    const [outcome] = said("outcome");
    const keys = new Set(said("advice"));
    const advice = (kind) => data.advice.filter((item) => item.kind === kind && keys.has(item.key)).map(({ text }) => text);
    const first = (kind) => advice(kind)[0] ?? "";
    const inWords = (id, codes) => {
      const one = interview.shown(moment, id); // in the words that this person read
      const sorted = [...one.choices.map(({ code }) => code), ...data.states].filter((code) => codes.includes(code));
      return { question: id, asked: one.text, codes: sorted, answered: labels(one, codes) };
    };
    const unknown = (id) => inWords(id, ["unknown"]);
    return {
      id: "case",
      outcome,
      urgency: said("urgency")[0],
      at_worst: said("at worst")[0],
      outcome_at_worst: said("outcome at worst")[0],
      at_worst_because: said("at worst because").map(unknown),
      verdict: first("verdict"),
      headline: first("headline"),
      how_soon: first("how_soon"),
      types: said("types").map((code) => ({ code, ...data.types[code] })),
      causes: said("causes").map((code) => ({ code, ...data.causes[code] })),
      warning_signs: flags.flatMap(({ id, choices }) =>
        choices
          .filter(({ code, warning }) => warning && codesOf(moment, id).includes(code))
          .map(({ code }) => inWords(id, [code]))),
      could_not_rule_out: said("could not rule out").map(unknown),
      set_aside: said("set aside").map((id) => inWords(id, codesOf(moment, id))),
      reasons: said("reasons").map((id) => {
        const { title, urgency, vote, types, why, evidence, sources, status } = rules.get(id);
        const answers = because(id).map(([name, codes]) => inWords(name, codes));
        return { rule: id, title, urgency, vote, types, because: answers, why, evidence, sources, status };
      }),
      next_steps: advice("next_step"),
      seek_help_sooner_if: advice("seek_help_sooner_if"),
      notices: advice("notice"),
      not_asked: said("open"),
      stopped_early: moment.said.stopped,
      answered_at: null,
      protocol: { ...data.stamp, review_status: said("draft").length ? "draft" : "reviewed" },
      engines: [data.engine],
      explanation: null,
      disagreement: null,
    };
  };

  // ---- the letter: the same record as the program's ----

  const line = (text, strong = "") => ({ text, strong });

  const summary = (judged) => {
    const worse = judged.at_worst !== judged.urgency;
    const verdict = judged.outcome_at_worst === judged.outcome
      ? judged.verdict : say("letter.may_not_be", { result: judged.verdict });
    const urgency = say(`result.soon_${judged.urgency}`);
    const names = (entries) => entries.map(({ name }) => name).join("; ");
    const lines = [
      line(verdict, say("letter.result")),
      line(worse ? say("letter.could_be", { urgency, worst: say(`result.worst_${judged.at_worst}`) }) : urgency, say("letter.how_soon")),
      line(names(judged.types) || say("letter.undetermined"), say("letter.pattern")),
    ];
    if (judged.causes.length) lines.push(line(names(judged.causes), say("letter.causes")));
    const asked = judged.at_worst_because.map((answer) => answer.asked).join(" ");
    if (asked) lines.push(line(asked, say(worse ? "letter.worse_urgent" : "letter.worse_disease")));
    return lines;
  };

  // The answers in words; not what was not asked, nor what stands whole among the signs denied.
  const answersTold = (shown, stateOf) => data.questions.flatMap(({ id }) => {
    const one = shown(id);
    const codes = stateOf(one.id);
    const those = (kind) => one.choices.filter((choice) => choice[kind]).map(({ code }) => code);
    const alone = those("alone");
    const denied = one.red_flag && [...those("reassuring"), ...codes].every((code) => alone.includes(code));
    return codes.includes("unknown") || (codes.length && !denied) ? [line(one.text, labels(one, codes).join("; "))] : [];
  });

  // The signs of each list that was answered without them, each with where another answer reports the same.
  const leftUnmarked = (shown, stateOf) => flags.filter(({ multiple }) => multiple).map(({ id }) => {
    const [flag, codes] = [shown(id), stateOf(id)];
    const unmarked = flag.choices.filter(({ code, warning }) => warning && codes.length && ![code, "unknown"].some((one) => codes.includes(one)));
    return [flag, unmarked.map(({ label, alike = [] }) => [label, alike.filter(([other, code]) => stateOf(other).includes(code))])];
  });
  const listDenied = (unmarked, history) => unmarked.flatMap(([flag, signs]) => {
    const denied = signs.filter(([, reported]) => !reported.length).map(([label]) => label);
    return flag.history === history && denied.length ? [line(`${flag.text} ${denied.join("; ")}`)] : [];
  });
  const listBoth = (unmarked, shown) => unmarked.flatMap(([flag, signs]) => signs.flatMap(([label, reported]) =>
    reported.map(([id, code]) => {
      const { text, choices } = shown(id);
      const one = choices.find((choice) => choice.code === code);
      return line(say("letter.but_denied", { reported: `${text} ${one.label}`, denied: `${flag.text} ${label}` }));
    })));

  const letter = (moment, judged, lead) => {
    const { said } = interview.judged(moment);
    const [open, notKnown, aside] = ["open", "unknown", "does not apply"].map((group) => new Set(said(group)));
    const shown = (id) => interview.shown(moment, id);
    const stateOf = (id) => (notKnown.has(id) ? ["unknown"] : aside.has(id) ? [] : codesOf(moment, id));
    const unmarked = leftUnmarked(shown, stateOf);
    const part = (heading, items, small = false) => ({ heading: say(heading), small, items });
    const orNone = (items, none) => (items.length ? items : [line(say(none))]);
    const notAsked = flags.filter(({ id }) => open.has(id)).map(({ text }) => line(text));
    const reason = (one) => line(say("letter.reason", { ...one, weight: rules.get(one.rule).weight }));
    const sources = [...new Set(judged.reasons.flatMap((one) => one.sources))].filter((key) => Object.hasOwn(data.sources, key));
    return {
      title: say("letter.title", data),
      lead,
      draft: judged.protocol.review_status === "reviewed" ? "" : say("letter.draft"),
      blanks: ["letter.name", "letter.birth_date", "letter.own_words"].map((name) => say(name)),
      summary: summary(judged),
      parts: [
        part("letter.reported", orNone(judged.warning_signs.map((one) => line(one.asked, one.answered.join("; "))), "letter.none_reported")),
        part("letter.not_known", orNone(judged.could_not_rule_out.map((one) => line(one.asked)), "letter.none_not_known")),
        ...(notAsked.length ? [part(judged.stopped_early ? "letter.not_asked_stopped" : "letter.not_asked", notAsked, true)] : []),
        part("letter.answers", answersTold(shown, stateOf)),
        ...[["denied", listDenied(unmarked, false)], ["not_in_history", listDenied(unmarked, true)], ["both", listBoth(unmarked, shown)]]
          .filter(([, lines]) => lines.length).map(([heading, lines]) => part(`letter.${heading}`, lines, true)),
        part("letter.stands_on", judged.reasons.map(reason), true),
      ],
      closing: [
        say("letter.sources", { sources: sources.map((key) => data.sources[key]).join(" · ") || say("letter.see_the_rules") }),
        say("letter.stamp", {
          title: data.title,
          version: judged.protocol.version,
          status: judged.protocol.review_status,
          digest: judged.protocol.digest.slice(0, 12),
          engines: judged.engines.join(", "),
        }),
      ],
    };
  };

  return { result, letter, labels };
}

// Words by name; {title} in a text is filled in.
function sayer(words) {
  return (name, values = {}) => {
    if (!Object.hasOwn(words, name)) throw new Error(`there are no words for ${name}`);
    return words[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));
  };
}
