// A visitor whose clock differs from the clinic's is told so. Without this script the page says the clinic's zone all the same.
(() => {
  const note = document.querySelector("[data-zone-differs]");
  const zones = [...document.querySelectorAll("[data-clinic-zone]")].map((element) => element.dataset.clinicZone);
  if (!note || !zones.length) return;
  const wallClock = (timeZone) => new Date().toLocaleString("en-US", { timeZone, dateStyle: "short", timeStyle: "short" });
  const here = wallClock(undefined);
  note.hidden = zones.every((zone) => wallClock(zone) === here);
})();
