// How long the page takes from a keystroke to the after pane: node tests/e2e/bench.mjs --dist DIST

import { Site, argument, launch, serve } from "./harness.mjs";

const LINES = 1000;
const KEYSTROKES = 60;
const NAME = "PREFIX";

const view = (n) => `

def orders_${n}(request, customer_id):
    """Open orders of a customer, with what the warehouse says about them."""
    customer = get_object_or_404(Customer, pk=customer_id)
    orders = Order.objects.filter(customer=customer, state="open").select_related("address")
    rows = []
    for order in orders:
        answer = requests.get(f"https://warehouse.example/orders/{order.pk}", timeout=5)
        answer.raise_for_status()
        rows.append({"id": order.pk, "where": answer.json()["place"], "to": order.address.city})
    if not orders.exists():
        send_mail("Nothing to do", PREFIX + customer.name, None, [customer.email])
    Visit.objects.create(customer=customer, page="orders_${n}")
    return render(request, "orders.html", {"customer": customer, "rows": rows})
`;

/** A module of so many lines, with a string near its start to type into. */
function source() {
  let text = `import requests
from django.core.mail import send_mail
from django.shortcuts import get_object_or_404, render

from .models import Customer, Order, Visit

${NAME} = ""
`;
  for (let n = 1; text.split("\n").length < LINES; n += 1) text += view(n);
  return text.split("\n").slice(0, LINES).join("\n") + "\n";
}

/** In the page: notes when a key goes down and when the after pane shows `expected`. */
function watch(expected) {
  const pane = document.querySelector(".pane.after .cm-content");
  window.elapsed = new Promise((resolve) => {
    let start;
    addEventListener("keydown", (event) => (start = event.timeStamp), { capture: true, once: true });
    const observer = new MutationObserver(() => {
      if (!pane.textContent.includes(expected)) return;
      observer.disconnect();
      resolve(performance.now() - start);
    });
    observer.observe(pane, { childList: true, characterData: true, subtree: true });
  });
}

const server = await serve(argument("dist"));
const browser = await launch();
try {
  const page = await browser.newPage();
  const site = await new Site(page, server).open();
  await site.paste(source());
  await page.keyboard.press("ControlOrMeta+Home");
  for (let line = 1; line < 7; line += 1) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.press("ArrowLeft");

  const times = [];
  let typed = "";
  for (let n = 0; n < KEYSTROKES; n += 1) {
    const key = String(n % 10);
    typed += key;
    await page.evaluate(watch, `${NAME} = "${typed}"`);
    await page.keyboard.press(key);
    const timer = new Promise((_, reject) => setTimeout(reject, 30_000, new Error("the after pane did not follow")));
    times.push(await Promise.race([page.evaluate(() => window.elapsed), timer]));
    await site.settled();
  }
  times.sort((a, b) => a - b);
  const at = (share) => `${times[Math.floor((times.length - 1) * share)].toFixed(0)} ms`;
  console.log(
    `keystroke → after pane, ${LINES} lines, ${KEYSTROKES} keystrokes: median ${at(0.5)}, 95th percentile ${at(0.95)}, longest ${at(1)}`,
  );
} finally {
  await browser.close();
  await server.close();
}
process.exit(0);
