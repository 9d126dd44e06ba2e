// Styles of what is loaded later. They come with it, in a way that the page's policy lets through.

/** Adds rules to the page's. */
export function adopt(rules) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(rules);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
