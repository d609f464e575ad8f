// Filling in whatever form a page shows, as somebody with an answer to every question would.

const JAPAN_MS = 9 * 3600_000;

/**
 * Fills every required field that is empty, and picks one row of a register wherever some are shown.
 * `person` is the staff number given where a form asks for one.
 */
export async function fillIn(form, person) {
  for (const field of await form.locator("input:visible, textarea:visible, select:visible").all()) {
    const { kind, filled, required, help } = await field.evaluate(look);
    if (filled) continue;
    if (kind === "checkbox") await field.check();
    else if (required) await answer(field, kind, help.includes("職員番号") ? person : "試験のために記入します");
  }
}

/** In the page: what a field is, whether it has an answer, and whether it must have one. */
function look(part) {
  const kind = part.tagName === "INPUT" ? part.type : part.tagName.toLowerCase();
  const picks = kind === "radio" || kind === "checkbox";
  const same = [...part.form.elements].filter((other) => other.name === part.name);
  const about = (picks && part.closest("fieldset")) || part.closest("label") || part.labels[0];
  const marks = ":scope > .must, :scope > span > .must, :scope > legend > .must";
  const described = (part.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
  return {
    kind,
    filled: picks ? same.some((other) => other.checked) : part.value !== "",
    required: about?.querySelector(marks) != null,
    help: described.join(" "),
  };
}

async function answer(field, kind, words) {
  const now = new Date(Date.now() + JAPAN_MS).toISOString();
  switch (kind) {
    case "radio":
      return field.check();
    case "select": {
      const options = await field.locator("option").evaluateAll((all) => all.map((option) => option.value));
      return field.selectOption(options.find((option) => option !== "") ?? "");
    }
    case "date":
      return field.fill(now.slice(0, 10));
    case "datetime-local":
      return field.fill(now.slice(0, 16));
    case "number":
      return field.fill("1");
    default:
      return field.fill(words);
  }
}
