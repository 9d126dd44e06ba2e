// Parts of the page that a script fills which is loaded with them.

/**
 * A part that can be used at once: what it is to show waits until `loading` has given what `make` makes it of.
 * @returns {{show: (...shown: unknown[]) => void, destroy: () => void}}
 */
export function later(loading, make) {
  let [part, wanted, gone] = [null, null, false];
  loading.then((loaded) => {
    if (gone) return;
    part = make(loaded);
    if (wanted) part.show(...wanted);
  });
  return {
    show(...shown) {
      wanted = shown;
      part?.show(...shown);
    },
    destroy() {
      gone = true;
      part?.destroy();
    },
  };
}
