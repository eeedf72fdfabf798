// What pages can do beyond links and forms. Each part looks for its `data-` mark and leaves pages without it alone.
'use strict';
(() => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add('js');

  // The first fault of a form is where one goes on.
  $('[data-focus]')[0]?.focus();

  // A toast leaves by itself, unless somebody is at it.
  for (const toast of $('[data-toast]')) {
    const leave = () => toast.matches(':hover, :focus-within') ? setTimeout(leave, 2000) : toast.remove();
    setTimeout(leave, 10000);
  }

  // A form is sent once; another press while it travels does nothing.
  addEventListener('submit', (event) => {
    const form = event.target;
    if (form.dataset.sent) return event.preventDefault();
    // A look at what would be is no deed.
    if (form.method !== 'post' || event.submitter?.formTarget) return;
    form.dataset.sent = 'yes';
    for (const button of $('button[type=submit]', form)) button.setAttribute('aria-disabled', 'true');
  });
  addEventListener('pageshow', () => $('form[data-sent]').forEach((form) => {
    delete form.dataset.sent;
    $('[aria-disabled]', form).forEach((button) => button.removeAttribute('aria-disabled'));
  }));

  // What was typed survives a reload, an ended session and a closed tab, until it was sent and taken. It is kept for who
  // typed it: whoever comes next on this device finds nothing.
  const { who, restored, drop } = document.body.dataset;
  const mine = `draft:${who}:`;
  const store = (work) => { try { return work(localStorage, sessionStorage); } catch { /* full, or not allowed */ } };
  store((kept) => Object.keys(kept).filter((key) => key.startsWith('draft:') && !key.startsWith(mine)).forEach((key) => kept.removeItem(key)));
  // A page that says what was done: what was sent just before was taken.
  const sent = store((_, tab) => tab.getItem('sent'));
  store((_, tab) => tab.removeItem('sent'));
  if (sent && $('[data-toast]').length) store((kept) => kept.removeItem(sent));
  // Others name the draft that is done.
  for (const { dataset } of $('[data-draft-done]')) store((kept) => kept.removeItem(mine + dataset.draftDone));
  for (const form of $('form[data-draft]')) {
    const key = mine + form.dataset.draft;
    const fields = $('input:not([type=hidden], [type=file], [type=password]), textarea, select', form).filter((f) => f.name);
    const tick = (f) => f.type === 'checkbox' || f.type === 'radio';
    const name = (f) => tick(f) ? `${f.name}=${f.value}` : f.name;
    const now = (f) => tick(f) ? f.checked : f.value;
    const shown = (f) => tick(f) ? f.defaultChecked : f.options ? ([...f.options].find((o) => o.defaultSelected) ?? f.options[0])?.value : f.defaultValue;
    const old = store((kept) => JSON.parse(kept.getItem(key))) ?? {};
    // A form that came back with faults shows what was typed; what it showed before is in the draft.
    const faulty = form.querySelector('[aria-invalid], .notice.fault');
    const first = (f) => faulty && old[name(f)] ? old[name(f)][1] : shown(f);
    form.addEventListener('input', () => {
      const typed = fields.filter((f) => now(f) !== first(f)).map((f) => [name(f), [now(f), first(f)]]);
      store((kept) => typed.length ? kept.setItem(key, JSON.stringify(Object.fromEntries(typed))) : kept.removeItem(key));
    });
    form.addEventListener('submit', () => store((_, tab) => tab.setItem('sent', key)));
    if (faulty) continue;
    // What others changed in the meantime stands.
    const back = fields.filter((f) => old[name(f)]?.[1] === shown(f) && old[name(f)][0] !== now(f));
    for (const f of back) f[tick(f) ? 'checked' : 'value'] = old[name(f)][0];
    if (!back.length) continue;
    const note = document.createElement('p');
    note.className = 'help restored';
    note.setAttribute('role', 'status');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'link';
    button.textContent = drop;
    button.onclick = () => { form.reset(); store((kept) => kept.removeItem(key)); note.remove(); fields[0].focus(); };
    note.append(`${restored} `, button);
    form.before(note);
  }

  // Photos are seen before they are sent, and can be taken out again.
  for (const box of $('[data-photos]')) {
    const input = box.querySelector('input[type=file]');
    const list = box.querySelector('.previews');
    let chosen = [];
    const show = () => {
      const transfer = new DataTransfer();
      chosen.forEach((file) => transfer.items.add(file));
      input.files = transfer.files;
      $('img', list).forEach((img) => URL.revokeObjectURL(img.src));
      list.replaceChildren(...chosen.map((file, i) => {
        const item = document.createElement('li');
        if (file.type.startsWith('image/')) {
          const img = new Image();
          img.src = URL.createObjectURL(file);
          img.alt = file.name;
          item.append(img);
        } else item.append(file.name);
        const remove = document.createElement('button');
        remove.type = 'button';
        remove.textContent = '×';
        remove.setAttribute('aria-label', `${box.dataset.remove}: ${file.name}`);
        remove.onclick = () => { chosen.splice(i, 1); show(); input.focus(); };
        item.append(remove);
        return item;
      }));
    };
    input.addEventListener('change', () => {
      const same = (a) => (b) => a.name === b.name && a.size === b.size && a.lastModified === b.lastModified;
      const more = [...input.files].filter((file) => !chosen.some(same(file)));
      input.setCustomValidity(chosen.length + more.length > 10 ? box.dataset.many : '');
      chosen = [...chosen, ...more].slice(0, 10);
      show();
      input.reportValidity();
    });
  }

  // Copies what an element holds.
  for (const button of $('[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
      const text = button.textContent;
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.textContent = text; }, 2000);
    });
  }

  // Ticks all boxes of the page; without script the link shows the page with all of them ticked.
  for (const link of $('[data-all]')) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      const boxes = $(link.dataset.all);
      const on = boxes.some((box) => !box.checked);
      boxes.forEach((box) => { box.checked = on; });
    });
  }

  // Opens and closes dialogs; without script the link leads to a page of its own.
  for (const opener of $('[data-dialog]')) {
    const dialog = document.querySelector(opener.dataset.dialog);
    opener.addEventListener('click', (event) => { event.preventDefault(); dialog.showModal(); });
  }
  for (const print of $('[data-print]')) { print.hidden = false; print.onclick = () => window.print(); }

  // Something new arrives as a quiet bar: the page asks now and then for its own mark.
  for (const bar of $('[data-live]')) {
    const { live, mark } = bar.dataset;
    const ask = async () => {
      if (document.hidden) return;
      try {
        const answer = await fetch(`${live}?since=${encodeURIComponent(mark)}`, { headers: { accept: 'text/plain' } });
        if (answer.ok && !answer.redirected) {
          // The mark, and on a second line perhaps what is new.
          const [now, text] = (await answer.text()).trim().split('\n');
          if (text) bar.querySelector('span').textContent = text;
          if (now !== mark) bar.hidden = false;
        }
      } catch { /* no connection: later */ }
    };
    setInterval(ask, 20000);
    document.addEventListener('visibilitychange', ask);
  }

  // What would be is shown while one types.
  for (const button of $('[data-while-typing]')) {
    let soon;
    button.form.addEventListener('input', () => { clearTimeout(soon); soon = setTimeout(() => button.form.requestSubmit(button), 500); });
  }

  // The rail of the desk folds in place; the server remembers it for the pages that follow.
  for (const form of $('form[data-fold]')) form.addEventListener('submit', (event) => {
    event.preventDefault();
    event.stopPropagation();
    fetch(form.action, { method: 'post', body: new URLSearchParams(new FormData(form)), redirect: 'manual' }).catch(() => {});
    const folded = document.body.classList.toggle('folded');
    form.elements.fold.value = folded ? '' : 'yes';
    form.querySelector('button').setAttribute('aria-pressed', folded);
  });

  // Without a network one page is shown; nothing else is kept.
  navigator.serviceWorker?.register('/sw.js').catch(() => {});

  // Keys of the desk: elements say which one is theirs; j and k move through rows.
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, [contenteditable]')) return;
    const target = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (target) {
      event.preventDefault();
      return target.matches('input, textarea, select') ? target.focus() : target.click();
    }
    if (event.key !== 'j' && event.key !== 'k') return;
    const rows = $('[data-rows] a.row, [data-rows] th a');
    const next = rows[rows.indexOf(document.activeElement) + (event.key === 'j' ? 1 : -1)];
    next?.focus();
  });
})();
