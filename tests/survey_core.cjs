// Fills a SurveyJS form with survey-core as a person would, and prints what it exports.
// Standard input: {"package": folder of survey-core, "survey": the form, "people": [{question: [codes]}, ...]}
const fs = require("node:fs");

const { package: folder, survey, people } = JSON.parse(fs.readFileSync(0, "utf8"));
const { Model } = require(folder);

function filled(boxes) {
  const model = new Model(survey);
  const problems = model.jsonErrors ? model.jsonErrors.map((error) => error.message) : [];
  const shown = [];
  for (const question of model.getAllQuestions()) {
    if (!question.isVisible) continue;
    shown.push(question.name);
    const codes = boxes[question.name];
    if (codes === undefined || question.getType() === "html") continue;
    question.value = question.getType() === "checkbox" ? codes : codes[0];
  }
  const wrong = model.getAllQuestions().filter((one) => one.isVisible && !one.isEmpty() && !one.validate(false));
  model.doComplete();
  return { problems, shown, wrong: wrong.map((one) => one.name), data: model.data };
}

// What the mouse does: a choice that excludes others, ticked after or before them.
function ticks(name, one, other) {
  const question = new Model(survey).getQuestionByName(name);
  for (const code of [one, other]) question.clickItemHandler
    ? question.clickItemHandler(question.choices.find((choice) => choice.value === code), true)
    : (question.renderedValue = [...(question.renderedValue || []), code]);
  return question.value;
}

const first = survey.pages.flatMap((page) => page.elements).find((one) => one.choices?.some((choice) => choice.isExclusive));
const alone = first?.choices.find((choice) => choice.isExclusive).value;
const other = first?.choices.find((choice) => !choice.isExclusive).value;
const exclusive = first ? [ticks(first.name, other, alone), ticks(first.name, alone, other)] : [];
console.log(JSON.stringify({ people: people.map(filled), alone, other, exclusive }));
