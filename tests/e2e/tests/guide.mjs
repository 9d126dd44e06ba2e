// The guide: assessment at once, answers that count, places to go to, files, checklist, links to parts, every part of the
// original guide.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import AxeBuilder from "@axe-core/playwright";

const VIEWS = `import requests
from django.http import JsonResponse


def profile(request, pk):
    user = requests.get(f"https://api.example.com/users/{pk}").json()
    orders = requests.get(f"https://api.example.com/orders/{pk}").json()
    return JsonResponse({"user": user, "orders": orders})


def count(request):
    return JsonResponse({"count": Product.objects.count()})
`;

const SETTINGS = `DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
    }
}
MIDDLEWARE = []
ROOT_URLCONF = "shop.urls"
`;

/** Opens the guide over these views, and settings in a second tab when given. */
async function guide(site, settings) {
  await site.open();
  await site.paste(VIEWS);
  if (settings) {
    const input = site.page.locator('input[type="file"]').first();
    await input.setInputFiles({ name: "settings.py", mimeType: "text/x-python", buffer: Buffer.from(settings) });
    await site.page.locator(".file .name", { hasText: "settings.py" }).waitFor();
    await site.settled();
  }
  await site.page.getByRole("button", { name: "Guide", exact: true }).click();
  await site.page.waitForSelector(".guide-part");
  assert.equal(await site.page.locator("main").isVisible(), false);
}

const part = (site, name) => site.page.locator(".rail").getByText(name, { exact: true }).click();

export default [
  [
    "the assessment is there without another click; latencies change it at once and are kept",
    async (site) => {
      await guide(site);
      const view = site.page.locator(".view-picture", { hasText: "profile" });
      assert.match(await view.locator("summary").textContent(), /migrate.*600 → 300 ms/);
      assert.match(await site.page.locator(".view-picture", { hasText: "count" }).textContent(), /stay sync/);
      await view.locator('input[type="number"]').first().fill("900");
      await view.locator('input[type="number"]').first().press("Enter");
      await site.page.waitForFunction(() => document.querySelector(".view-picture summary").textContent.includes("1200 → 900 ms"));
      await site.page.reload();
      await site.settled();
      await site.paste(VIEWS);
      if (!(await site.page.locator(".guide-part").count())) {
        await site.page.getByRole("button", { name: "Guide", exact: true }).click();
      }
      await site.page.waitForFunction(() =>
        document.querySelector(".view-picture summary")?.textContent.includes("1200 → 900 ms"),
      );
    },
  ],
  [
    "the Django and the Python that are answered are those of the migration",
    async (site) => {
      await guide(site);
      await site.page.locator("#question-django").selectOption("4.2");
      await site.page.waitForFunction(() => document.querySelector("#question-python").value === "3.8");
      await part(site, "2. Prerequisites");
      await site.page.locator(".guide-part", { hasText: "Django 5.1" }).waitFor();
      assert.match(await site.page.locator(".guide-part a[href*='docs.djangoproject.com/en/4.2/']").first().textContent(), /ocumentation/);
    },
  ],
  [
    "a place leads to the code, and the guide is left as it was",
    async (site) => {
      await guide(site);
      await site.page.locator(".view-picture .waterfall .place-link").first().click();
      await site.drawn();
      assert.equal(await site.page.locator("main").isVisible(), true);
      const selected = await site.page.evaluate(() => {
        const { state } = document.querySelector(".pane.before .cm-content").cmTile.view;
        return state.sliceDoc(state.selection.main.from, state.selection.main.to);
      });
      assert.match(selected, /^requests\.get/);
    },
  ],
  [
    "settings that are opened are patched, questions answered from them",
    async (site) => {
      await guide(site, SETTINGS);
      const engine = site.page.locator("#question-engine");
      assert.equal(await engine.inputValue(), "postgre-sql");
      await part(site, "2. Prerequisites");
      const file = site.page.locator(".guide-file", { hasText: "settings.py" });
      await file.locator("summary").click();
      assert.match(await file.locator("pre").textContent(), /-\s+"CONN_MAX_AGE": 60,\n\+\s+"CONN_MAX_AGE": 0,/);
      const [download] = await Promise.all([site.page.waitForEvent("download"), file.getByText("Download").click()]);
      assert.equal(download.suggestedFilename(), "settings.py");
      await part(site, "Pitfalls");
      const kept = site.page.locator(".pitfall[open]", { hasText: "Database connections" });
      assert.match(await kept.textContent(), /You have 1 of these.*settings\.py:4/);
    },
  ],
  [
    "the checklist is ticked by hand where no code decides, and keeps that",
    async (site) => {
      await guide(site);
      await part(site, "Checklist");
      const measure = site.page.getByRole("checkbox", { name: /Measure before and after/ });
      await measure.check();
      await site.page.waitForFunction(() => document.querySelector("#check-measure").checked);
      await part(site, "Pitfalls");
      await part(site, "Checklist");
      assert.equal(await measure.isChecked(), true);
    },
  ],
  [
    "steps, pitfalls and rules have links of their own",
    async (site) => {
      await site.page.goto(`${site.server.url}#step=deployment`);
      await site.page.locator(".guide-part h2", { hasText: "8. Deployment" }).waitFor();
      assert.match(await site.page.locator(".guide-part").textContent(), /uvicorn .*--lifespan off/);
      await site.page.evaluate(() => {
        location.hash = "#pitfall=drf";
      });
      const pitfall = site.page.locator("#pitfall-drf[open]");
      await pitfall.waitFor();
      assert.equal(await site.page.locator("#pitfall-stop-iteration[open]").count(), 0);
      const { y } = await pitfall.boundingBox();
      assert.ok(y >= 0 && y < site.page.viewportSize().height, String(y));
      await site.page.evaluate(() => {
        location.hash = "#rule=orm/async-for";
      });
      await site.page.locator(".guide-part", { hasText: "orm/async-for" }).waitFor();
      await site.page.getByRole("button", { name: /Open.*example.* in the editor/ }).first().click();
      await site.drawn();
      await site.settled();
      assert.equal(await site.page.locator("main").isVisible(), true);
      assert.match(await site.text("after"), /async for/);
    },
  ],
  [
    "nothing that axe finds in the guide's parts",
    async (site) => {
      await guide(site, SETTINGS);
      for (const link of await site.page.locator(".rail a").all()) {
        await link.click();
        await site.drawn();
        const { violations } = await new AxeBuilder({ page: site.page }).analyze();
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target).slice(0, 3)}`);
        assert.deepEqual(found, [], await link.textContent());
      }
    },
  ],
  [
    "all parts of the original guide are on the page",
    async (site) => {
      await guide(site);
      const original = await readFile(new URL("../../../crates/guide/tests/original.md", import.meta.url), "utf8");
      const prose = original.replace(/```[^]*?```/g, "");
      const parts = ["What async brings", ...(await site.page.locator(".rail li").allTextContents())];
      let text = "";
      for (const link of await site.page.locator(".rail a").all()) {
        await link.click();
        await site.drawn();
        text += `\n${await site.page.locator(".guide-part").evaluate((element) => element.textContent)}`;
      }
      assert.ok(parts.length > 11);
      const wanted = [
        ...[...prose.matchAll(/^### Step \d: (.*)$/gm)].map((found) => found[1]),
        ...[...prose.matchAll(/^#### (.*)$/gm)].map((found) => found[1]),
        ...[...prose.matchAll(/^- (?:\[ \] )?(.*)$/gm)].map((found) => found[1].split(" (asyncpg")[0]),
        ...[...prose.matchAll(/^\d\. \*\*(.*?)\*\*/gm)].map((found) => found[1].replaceAll("`", "")),
        "Common Pitfalls",
        "Migration Checklist",
      ];
      assert.ok(wanted.length > 35, String(wanted.length));
      const missing = wanted.filter((part) => !text.replaceAll("`", "").includes(part));
      assert.deepEqual(missing, []);
    },
  ],
  [
    "on a narrow screen the part that is chosen comes into sight",
    { viewport: { width: 390, height: 844 } },
    async (site) => {
      await guide(site);
      const top = () => site.page.locator(".guide-part h2").evaluate((heading) => heading.getBoundingClientRect().top);
      // Opened, the guide begins with its rail.
      assert.ok(await site.page.locator(".rail").evaluate((rail) => rail.getBoundingClientRect().top >= 0));
      await part(site, "7. Testing Async Views");
      await site.drawn();
      assert.equal(await site.page.textContent(".guide-part h2"), "7. Testing Async Views");
      assert.ok((await top()) >= 0 && (await top()) < 200, String(await top()));
    },
  ],
];
