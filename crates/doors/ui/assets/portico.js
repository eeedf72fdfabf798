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

  // What was typed survives a reload, an expired session and a closed tab, until it was sent and taken.
  for (const form of $('form[data-draft]')) {
    const key = `draft:${form.dataset.draft}`;
    const kept = $('input:not([type=hidden]):not([type=file]):not([type=password]), textarea, select', form);
    const tick = (field) => field.type === 'checkbox' || field.type === 'radio';
    const save = () => {
      const values = {};
      for (const f of kept) if (tick(f) ? f.checked : f.value) values[tick(f) ? `${f.name}=${f.value}` : f.name] = tick(f) ? true : f.value;
      try { localStorage.setItem(key, JSON.stringify(values)); } catch { /* full, or not allowed */ }
    };
    if (!form.querySelector('[aria-invalid], .notice.fault')) {
      try {
        const values = JSON.parse(localStorage.getItem(key) ?? '{}');
        for (const f of kept) {
          if (tick(f)) f.checked ||= Boolean(values[`${f.name}=${f.value}`]);
          else if (!f.value && typeof values[f.name] === 'string') f.value = values[f.name];
        }
      } catch { localStorage.removeItem(key); }
    }
    form.addEventListener('input', save);
  }
  // The page after a form was taken names the draft that is done.
  for (const { dataset } of $('[data-draft-done]')) localStorage.removeItem(`draft:${dataset.draftDone}`);

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
