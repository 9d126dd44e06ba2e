// Takes the README's picture of the page: node screenshot.mjs --dist DIR --out FILE

import { Site, argument, launch, serve } from "./harness.mjs";

const [dist, path] = [argument("dist"), argument("out")];
if (!dist || !path) {
  console.error("usage: node screenshot.mjs --dist DIR --out FILE");
  process.exit(2);
}
const server = await serve(dist);
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
  const site = await new Site(page, server).open();
  await page.locator(".finding").nth(1).click();
  await site.drawn();
  await page.screenshot({ path });
} finally {
  await browser.close();
  await server.close();
}
