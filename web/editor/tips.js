// Text in the editors' tips. Built from text nodes alone: what is shown is data.

/** A sentence, with what stands in backticks as code. */
export function prose(text) {
  const line = document.createElement("div");
  const sentence = text && text[0].toUpperCase() + text.slice(1);
  sentence.split("`").forEach((part, index, parts) => {
    // An odd backtick opens nothing.
    const code = index % 2 === 1 && index < parts.length - 1;
    const node = code ? document.createElement("code") : document.createTextNode(index % 2 ? `\`${part}` : part);
    if (code) node.textContent = part;
    line.append(node);
  });
  return line;
}

/** Something to do. */
export function button(name, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "quiet";
  made.textContent = name;
  made.onclick = run;
  return made;
}
