// The guide's place on the page, which a module that is loaded with the guide fills.

/** Hands to the page what is dropped on the guide: events in there are none of the page's. */
function passDropsOn(place) {
  place.addEventListener("dragover", (event) => event.preventDefault());
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    const { dataTransfer } = event;
    document.querySelector(".bar").dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
  });
}

/** Shows the guide in `place`; `act` gets what the reader does there, as JSON. */
export function showGuide(means, host, place, act) {
  let view = null;
  let gone = false;
  let [wanted, made] = [null, undefined];
  passDropsOn(place);
  means.guide().then(
    ({ GuideView }) => {
      if (gone) return;
      view = new GuideView(place, host, act);
      view.show(wanted, made);
    },
    () => gone || act(JSON.stringify("Failed")),
  );
  return {
    show(shown, guide) {
      [wanted, made] = [shown, guide ?? made];
      view?.show(shown, guide);
    },
    destroy() {
      gone = true;
      view?.destroy();
    },
  };
}
