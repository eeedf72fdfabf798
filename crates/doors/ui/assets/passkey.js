// Passkeys: asks the browser for one, or to make one, and sends what it says with the form of the page.
'use strict';
(() => {
  const form = document.querySelector('form[data-passkey]');
  if (!form) return;
  const { passkey, options, missing, cancelled, again } = form.dataset;
  const button = form.querySelector('[data-go]');
  const says = form.querySelector('[role=status]');
  const say = (text) => { says.textContent = text; says.hidden = !text; };
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const named = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  const send = ({ id, type, response, authenticatorAttachment }, state) => {
    const said = {};
    for (const name of ['clientDataJSON', 'authenticatorData', 'signature', 'userHandle', 'attestationObject']) {
      if (response[name]) said[name] = text(response[name]);
    }
    if (response.getTransports) said.transports = response.getTransports();
    form.elements.credential.value = JSON.stringify({ id, rawId: id, type, response: said, authenticatorAttachment, clientExtensionResults: {} });
    if (state) form.elements.state.value = state;
    form.submit();
  };

  // One question at a time: a press of the button takes the place of the one that waits in the field for the name.
  let open;
  const ask = async (mediation) => {
    open?.abort();
    open = new AbortController();
    const { signal } = open;
    const answer = await fetch(passkey, { headers: { accept: 'application/json' }, signal });
    if (!answer.ok) throw new Error('no question');
    const { options: asked, state } = await answer.json();
    const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: named(asked.allowCredentials) };
    send(await navigator.credentials.get({ publicKey, mediation, signal }), state);
  };
  const make = async () => {
    const asked = JSON.parse(options);
    const user = { ...asked.user, id: bytes(asked.user.id) };
    const publicKey = { ...asked, user, challenge: bytes(asked.challenge), excludeCredentials: named(asked.excludeCredentials) };
    send(await navigator.credentials.create({ publicKey }));
  };

  form.hidden = false;
  button.hidden = false;
  if (!window.PublicKeyCredential) {
    button.hidden = true;
    // At the sign-in the password is there as well.
    if (options) say(missing);
    else form.hidden = true;
    return;
  }
  // Browsers offer passkeys among what they would fill in. A question is good for minutes, so it is renewed.
  let pressed = false;
  let can = false;
  const offer = () => { if (can && !pressed && !document.hidden) ask('conditional').catch(() => {}); };
  button.addEventListener('click', async () => {
    say('');
    pressed = true;
    try {
      await (options ? make() : ask());
    } catch (error) {
      say(error.name === 'InvalidStateError' ? again : cancelled);
      pressed = false;
      offer();
    }
  });
  if (options) return;
  setInterval(offer, 240000);
  PublicKeyCredential.isConditionalMediationAvailable?.().then((yes) => { can = yes; offer(); });
})();
