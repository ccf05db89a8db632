// Saves what the API exports as a file.

/** `kind`: the media type that is asked for. Throws Error with the API's words. */
export async function save(path, kind, name) {
  const answer = await fetch(path, { headers: { Accept: kind } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).detail || "The export failed.");
  const url = URL.createObjectURL(await answer.blob());
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
