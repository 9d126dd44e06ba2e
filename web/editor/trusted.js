// Addresses of scripts. Where the browser has Trusted Types, the page's policy refuses text in the place of HTML or of a
// script's address, whoever puts it there; what passes is named here.

const SCRIPTS = ["worker.js", "service-worker.js"];

const policy = globalThis.trustedTypes?.createPolicy("django-unblocked", {
  createScriptURL(address) {
    // The one-file page has its worker's script as a blob; the site's `worker-src` refuses one.
    if (address.startsWith("blob:") || SCRIPTS.some((name) => address === new URL(name, document.baseURI).href)) return address;
    throw new TypeError(`${address} is no script of this page`);
  },
});

/** The address of one of the page's own scripts, in the form that the browser wants. */
export const scriptAddress = (address) => (policy ? policy.createScriptURL(address) : address);
