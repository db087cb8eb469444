// ---- answer files: the ones that the program scores ----

const MOST_FAULTS = 8;
const LONGEST_FILE = 1000000;

function answerFilesOf(data, interview, labels) {
  const say = sayer(data.words);
  const { questions } = interview;
  const said = (text) => (String(text).length > 60 ? `${String(text).slice(0, 56)} ...` : String(text));

  const written = (moment, now, id) => {
    const answers = {};
    const { said: states } = interview.judged(moment);
    const [open, aside] = ["open", "does not apply"].map((group) => new Set(states(group)));
    for (const { id: name, multiple, choices } of data.questions) {
      if (open.has(name)) answers[name] = data.not_asked;
      if (!Object.hasOwn(moment.given, name) || (aside.has(name) && moment.given[name][0] === "unknown")) continue;
      const codes = [...choices.map(({ code }) => code), "unknown"].filter((code) => moment.given[name].includes(code));
      answers[name] = multiple && codes[0] !== "unknown" ? codes : codes[0];
    }
    const { questionnaire, questionnaire_version } = data;
    const about = { id, questionnaire, questionnaire_version, protocol: data.stamp.version, answered_at: now };
    const file = { ...about, ...(moment.said.stopped ? { stopped_early: true } : {}), answers };
    return `${JSON.stringify(file, null, 2)}\n`;
  };

  // Returns the moment that a file holds, or what is wrong with it in words.
  const read = (text) => {
    const refused = (...faults) => ({
      faults: [...faults.slice(0, MOST_FAULTS), ...(faults.length > MOST_FAULTS ? [say("file.more", { count: faults.length - MOST_FAULTS })] : [])],
    });
    if (text.length > LONGEST_FILE) return refused(say("file.too_long"));
    let file;
    try {
      file = JSON.parse(text);
    } catch {
      return refused(say("file.no_json"));
    }
    if (Array.isArray(file)) return refused(say("file.several"));
    const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
    if (!isRecord(file) || !Object.hasOwn(file, "answers") || !isRecord(file.answers)) return refused(say("file.no_answers"));
    const about = (key) => (Object.hasOwn(file, key) ? file[key] : null);
    const name = about("questionnaire") ?? data.questionnaire;
    if (name !== data.questionnaire) return refused(say("file.other_questions", { said: said(name), wanted: data.questionnaire }));
    const version = about("questionnaire_version") ?? data.questionnaire_version;
    if (version !== data.questionnaire_version)
      return refused(say("file.other_version", { said: said(version), wanted: data.questionnaire_version }));
    const faults = [];
    const given = {};
    for (const [id, value] of Object.entries(file.answers)) {
      const question = questions.get(id);
      if (!question) {
        faults.push(say("file.unknown_question", { question: said(id) }));
        continue;
      }
      const codes = Array.isArray(value) ? value : value === "" || value === null ? [] : [value];
      const known = [...question.choices.map(({ code }) => code), ...data.states];
      const strange = codes.filter((code) => typeof code !== "string" || !known.includes(code));
      faults.push(...strange.map((code) =>
        say("file.unknown_code", { question: question.text, code: said(typeof code === "string" ? code : JSON.stringify(code)) })));
      if (strange.length || !codes.length) continue;
      const once = [...new Set(codes)];
      const states = once.filter((code) => data.states.includes(code));
      if (once.length > 1 && (!question.multiple || states.length)) {
        faults.push(say("file.one_only", { question: question.text }));
        continue;
      }
      if (states.length) {
        if (once[0] === "unknown" && question.unknown) given[id] = once;
        continue;
      }
      const [, lonely] = chosenFault(question, once) ?? [];
      if (lonely) faults.push(say("file.alone", { question: question.text, label: labels(question, [lonely])[0] }));
      else given[id] = once;
    }
    if (faults.length) return refused(...faults);
    if (!Object.keys(given).length) return refused(say("file.empty"));
    const history = data.asking_order.filter((id) => Object.hasOwn(given, id));
    return { moment: { ...interview.fresh(), given, history } };
  };

  return { written, read };
}
