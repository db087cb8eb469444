// ---- an interview: what was answered, and said beside it; the circuit and the protocol's table say what comes next ----

function interviewOf(data, circuit) {
  const { wiring } = circuit;
  const questions = new Map(data.questions.map((question) => [question.id, question]));
  const inputs = data.questions.flatMap(({ id, choices, unknown }) =>
    [...choices.map(({ code }) => code), ...(unknown ? ["unknown"] : [])].map((name) => [id, name]));
  const groups = new Map();
  let output = 0;
  for (const [group, names] of wiring.outputs) groups.set(group, names.map((name) => [name, output++]));
  const varies = ["hidden", "other words"];
  const varying = new Set(varies.flatMap((group) => groups.get(group).map(([name]) => name.split(" ")[0])));
  const rows = wiring.rows.map(([question, ...places]) => [data.questions[question].id, places.map((place) => [place, output++])]);

  const fresh = () => ({
    given: {},
    history: [],
    withdrawn: {},
    said: {
      stopped: false,
      emergency_seen: false,
      enough: false,
      details_wanted: false,
      pointed_out: [],
      confirmed: [],
      asked_again: [],
    },
  });

  // What the gates say of a moment: `said` names what is true in a group, `because` the answers behind a rule.
  const judged = (moment, without = null) => {
    if (without !== null) return run(moment, without);
    if (!known.has(moment.given)) known.set(moment.given, run(moment, null)); // answers are never changed in place
    return known.get(moment.given);
  };
  const known = new WeakMap();
  const run = (moment, without) => {
    const bits = inputs.map(([id, name]) => {
      const state = id !== without && Object.hasOwn(moment.given, id) ? moment.given[id] : [];
      return -state.includes(name);
    });
    const outputs = runCircuit(circuit, bits);
    const on = ([, number]) => outputs[number] & 1;
    const said = (group) => [...new Set(groups.get(group).filter(on).map(([name]) => name))];
    const because = (rule) =>
      (wiring.because[rule] ?? [])
        .map((row) => [rows[row][0], rows[row][1].filter(on).map(([place]) => place)])
        .filter(([, places]) => places.length)
        .map(([id, places]) => {
          const { choices } = questions.get(id);
          const words = [...choices.map(({ code }) => code), ...data.states];
          return [id, places.filter((place) => place >= 0).map((place) => words[place])];
        });
    return { said, because };
  };

  // A question as this person is asked it: with the choices that fit, and those that were given, in the words that fit.
  const shown = (moment, id) => {
    const { said } = judged(moment);
    const [hidden, otherWords] = varies.map((group) => new Set(said(group)));
    const told = moment.given[id] ?? moment.withdrawn[id] ?? [];
    const asked = questions.get(id);
    const choices = asked.choices
      .filter(({ code }) => told.includes(code) || !hidden.has(`${id} ${code}`))
      .map((choice) => (otherWords.has(`${id} ${choice.code}`) ? { ...choice, ...choice.other_words } : choice));
    return { ...asked, choices };
  };

  // What is marked where a question is asked; a "none of these" that was taken back is not: it may have been said to another list.
  const offered = (moment, id) => {
    const back = moment.withdrawn[id] ?? [];
    const saidNo = questions.get(id).choices.some(({ code, alone }) => alone && back.includes(code));
    return moment.given[id] ?? (saidNo && varying.has(id) ? [] : back);
  };

  // What comes next: the first line of the table of which every fact holds.
  const next = (moment) => {
    const { said, because } = judged(moment);
    const beside = moment.said;
    const without = (group, ...done) => said(group).filter((name) => !done.some((names) => names.includes(name)));
    const left = data.most_asked_again - beside.asked_again.length;
    const facts = {
      ...beside,
      emergency: said("emergency").length > 0,
      contradiction: without("contradictions", beside.pointed_out)[0],
      question: said("next of one")[0],
      detail: said("next of two")[0],
      benign: said("outcome")[0] === data.benign,
      noes: without("noes", beside.confirmed),
      other_words: without("asked again", beside.confirmed, beside.asked_again).slice(0, Math.max(0, left)),
    };
    const holds = (fact) => (Array.isArray(fact) ? fact.length > 0 : Boolean(fact));
    const [step, wanted] = data.order.find(([, names]) =>
      names.every((name) => (name.startsWith("not ") ? !holds(facts[name.slice(4)]) : holds(facts[name]))));
    const asked = { question: wanted.includes("detail") ? facts.detail : facts.question, asked_again: facts.other_words[0] };
    const listed = { contradiction: () => because(facts.contradiction).map(([id]) => id), read_back: () => facts.noes };
    return {
      step,
      question: asked[step] ?? null,
      questions: listed[step]?.() ?? [],
      rule: step === "contradiction" ? facts.contradiction : null,
    };
  };

  // At most so many questions are left, the next one among them; and so many that only tell more.
  const left = (moment) => {
    const { said } = judged(moment);
    const [one, two] = [said("left of one"), said("left of two")];
    const together = moment.said.emergency_seen || moment.said.details_wanted; // then nothing comes in between
    return { all: together ? new Set([...one, ...two]).size : one.length || two.length, details: two.length };
  };

  // The rules that an answer can still matter for, by their titles.
  const reads = (moment, id) => {
    const possible = new Set(judged(moment, id).said("can be true"));
    const all = questions.get(id).reads.map((number) => data.rules[number]);
    const counting = all.filter((rule) => possible.has(rule.id));
    return [...new Set((counting.length ? counting : all).map(({ title }) => title))];
  };

  // ---- moves; each returns another moment ----

  const settled = (moment) => {
    const over = moment.said.emergency_seen && !judged(moment).said("emergency").length;
    return over ? saying(moment, { emergency_seen: false }) : moment;
  };
  const saying = (moment, said) => ({ ...moment, said: { ...moment.said, ...said } });
  const more = (moment, kind, names) => saying(moment, { [kind]: [...new Set([...moment.said[kind], ...names])].sort() });
  const alike = (one, other) => one?.length === other.length && one.every((code) => other.includes(code));
  const answered = (moment, id, codes) => {
    const { [id]: _, ...withdrawn } = moment.withdrawn;
    const { confirmed } = moment.said;
    const same = alike(moment.given[id], codes);
    const given = { ...moment.given, [id]: codes };
    const history = moment.history.includes(id) ? moment.history : [...moment.history, id];
    const said = { stopped: false, enough: false, confirmed: same ? confirmed : confirmed.filter((name) => name !== id) };
    return settled(saying(shownOtherwise(moment, { ...moment, given, history, withdrawn }), said));
  };
  // Of what nobody was asked about nobody has said no: such answers are taken back, and their questions asked again.
  const shownOtherwise = (before, after) => {
    const lists = (moment) => varies.map((group) => judged(moment).said(group));
    const missing = (names, others) => names.filter((name) => !others.includes(name)).map((name) => name.split(" ")[0]);
    const [[hid, words], [hides, wordsNow]] = [lists(before), lists(after)];
    const changed = [...missing(hid, hides), ...missing(words, wordsNow), ...missing(wordsNow, words)];
    const back = Object.keys(before.given).filter((id) => changed.includes(id));
    const without = (names) => Object.fromEntries(Object.entries(names).filter(([id]) => !back.includes(id)));
    return {
      ...after,
      given: without(after.given),
      history: after.history.filter((id) => !back.includes(id)),
      withdrawn: { ...after.withdrawn, ...Object.fromEntries(back.map((id) => [id, after.given[id]])) },
    };
  };

  // What a move took back, and what it set aside: the questions.
  const changes = (before, after) => {
    const aside = judged(before).said("set aside");
    return {
      again: data.questions.map(({ id }) => id).filter((id) => before.given[id] && !after.given[id]),
      aside: judged(after).said("set aside").filter((id) => !aside.includes(id)),
    };
  };

  return {
    changes, questions, fresh, judged, shown, offered, next, left, reads, answered,
    stopped: (moment) => saying(moment, { stopped: true }),
    goingOn: (moment) => saying(moment, { emergency_seen: true }),
    pointedOut: (moment, rule) => more(moment, "pointed_out", [rule]),
    confirmed: (moment) => more(moment, "confirmed", next(moment).questions),
    askedAgain: (moment, id) => more(moment, "asked_again", [id]),
    withDetails: (moment, wanted) => saying(moment, wanted ? { details_wanted: true } : { enough: true }),
  };
}

// What is wrong with chosen answers to a question: the name of its words and the choice meant; null if nothing is.
function chosenFault(question, codes) {
  if (!codes.length) return [question.unknown ? "interview.choose_or_unknown" : "interview.choose_one", ""];
  const alone = question.choices.filter((choice) => choice.alone).map(({ code }) => code);
  const lonely = codes.find((code) => code === "unknown" || alone.includes(code));
  return lonely && codes.length > 1 ? ["interview.stands_alone", lonely] : null;
}
