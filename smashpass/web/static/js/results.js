// "Your taste": the page is the server's; only sharing it needs this device.

const button = document.getElementById("share");

button?.addEventListener("click", async () => {
  const texts = document.getElementById("share-texts").dataset;
  const status = document.getElementById("shared");
  button.disabled = true;
  status.textContent = "";
  try {
    const { shareSummary } = await import("./share.js");
    if ((await shareSummary(summary())) === "saved") status.textContent = texts.saved;
  } catch (error) {
    status.textContent = texts.failed.replace("{detail}", error.message);
  }
  button.disabled = false;
});

/** What the image shows: words and counts, nothing that names a picture or a person. */
function summary() {
  const { name, heading, lead, agreed = "", you, rules } = button.dataset;
  const bars = [...document.getElementById("share-bars").content.children].map(({ dataset }) => ({
    tag: dataset.tag,
    mine: dataset.smashed / dataset.cards,
    app: dataset.app / dataset.cards,
  }));
  return { name, heading, lead, agreed, you, rules, bars };
}
