// Passkeys: a form with a field [data-ceremony] asks the authenticator before it is sent. Nothing else on these pages needs a script.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const listed = (keys = []) => keys.map((key) => ({ ...key, id: bytes(key.id) }));

async function begin(field) {
  const body = new URLSearchParams({ purpose: field.dataset.ceremony, digest: field.dataset.digest ?? "", csrfmiddlewaretoken: field.form.elements.csrfmiddlewaretoken.value });
  const answer = await fetch(field.dataset.url, { method: "POST", body });
  if (!answer.ok) throw new Error("The desk gave no challenge. Load the page again; if you tried often, wait a minute.");
  return answer.json();
}

async function ask(purpose, options) {
  const challenge = bytes(options.challenge);
  if (purpose === "enrol") {
    const user = { ...options.user, id: bytes(options.user.id) };
    return navigator.credentials.create({ publicKey: { ...options, challenge, user, excludeCredentials: listed(options.excludeCredentials) } });
  }
  return navigator.credentials.get({ publicKey: { ...options, challenge, allowCredentials: listed(options.allowCredentials) } });
}

function plain(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response, clientExtensionResults: {} });
}

function say(form, words) {
  const place = form.querySelector("[data-says]");
  place.textContent = words;
  place.hidden = false;
}

for (const field of document.querySelectorAll("input[data-ceremony]")) {
  const form = field.form;
  form.addEventListener("submit", async (event) => {
    if (field.value) {
      // An answer serves once; where the form brings a file, this page stays and its next button asks anew.
      setTimeout(() => { field.value = ""; });
      return;
    }
    event.preventDefault();
    const button = event.submitter;
    try {
      const { ceremony, options } = await begin(field);
      field.value = plain(await ask(field.dataset.ceremony, options));
      form.elements.ceremony.value = ceremony;
      form.requestSubmit(button);
    } catch (error) {
      field.value = "";
      say(form, error.name === "Error" ? error.message : "No passkey answered. Try again, or use another device.");
    }
  });
}
addEventListener("pageshow", () => { for (const field of document.querySelectorAll("input[data-ceremony]")) field.value = ""; });
