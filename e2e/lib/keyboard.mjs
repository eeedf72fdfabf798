// The same journeys for whoever has no pointer: a page whose locators press keys. Nothing is reached but by Tab and
// arrows, and what has the focus must be seen.

import assert from 'node:assert/strict';

/** More stops than any page has. */
const MOST_STOPS = 400;

/** What of a page and its locators makes other locators. */
const FINDS = new Set(['locator', 'first', 'last', 'nth', 'filter']);

/** A page on which `click`, `fill`, `press`, `check`, `selectOption` and `setInputFiles` use the keyboard alone. */
export function byKeyboard(page) {
  // From the first one on, whatever chooses files asks us and not the system.
  page.on('filechooser', () => {});
  return of(page, page);
}

function of(page, target) {
  const keys = target === page ? {} : hands(page, target);
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(keys, name)) return keys[name];
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (FINDS.has(name)) return (...given) => of(page, value.apply(target, given));
      if (name === 'all') return async () => (await target.all()).map((it) => of(page, it));
      return value.bind(target);
    },
  });
}

function hands(page, locator) {
  const { keyboard } = page;
  const is = (state) => locator.evaluate((it, wanted) => it.matches(wanted), state);

  return {
    async click() {
      await locator.waitFor({ state: 'attached' });
      // A label has no focus; what it names has.
      const named = await locator.evaluate((it) => (it.matches('label') && it.control ? it.control.id : null));
      if (named) return hands(page, page.locator(`[id="${named}"]`)).check();
      await reach(page, locator);
      await keyboard.press((await is('[type=checkbox]')) ? 'Space' : 'Enter');
    },

    async fill(text) {
      await reach(page, locator);
      await keyboard.press('ControlOrMeta+a');
      await keyboard.press('Delete');
      await keyboard.type(text);
    },

    async press(key) {
      await reach(page, locator);
      await keyboard.press(key);
    },

    async check() {
      if (await is(':checked')) return;
      if (await is('[type=radio]')) {
        await reach(page, locator, true);
        // None of them is chosen: the one that has the focus is chosen by Space, the others by arrows.
        await keyboard.press('Space');
        for (let pressed = 0; pressed < 20 && !(await is(':checked')); pressed += 1) await keyboard.press('ArrowDown');
      } else {
        await reach(page, locator);
        await keyboard.press('Space');
      }
      assert.ok(await is(':checked'), `the keyboard chooses ${locator}`);
    },

    async selectOption(wanted) {
      const index = await locator.evaluate((it, { index, value }) =>
        index ?? [...it.options].findIndex((option) => option.value === value), typeof wanted === 'string' ? { value: wanted } : wanted);
      await reach(page, locator);
      await keyboard.press('Home');
      const at = () => locator.evaluate((it) => it.selectedIndex);
      for (let now = await at(), last = -1; now < index && now !== last; now = await at()) {
        last = now;
        await keyboard.press('ArrowDown');
      }
      assert.equal(await at(), index, `the keyboard chooses in ${locator}`);
    },

    async setInputFiles(files) {
      await reach(page, locator);
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), keyboard.press('Enter')]);
      await chooser.setFiles(files);
    },
  };
}

/**
 * Presses Tab until the focus is at this element, or at a radio of its group, and looks whether it can be seen there
 * (WCAG 2.4.7, 2.4.11).
 */
async function reach(page, locator, group = false) {
  await locator.waitFor({ state: 'attached' });
  const here = () => locator.evaluate((it, group) => {
    const at = document.activeElement;
    return it === at || (group && at?.type === 'radio' && at.name === it.name && at.form === it.form);
  }, group);
  for (let pressed = 0; !(await here()); pressed += 1) {
    assert.ok(pressed < MOST_STOPS, `Tab does not lead to ${locator} on ${page.url()}`);
    await page.keyboard.press('Tab');
  }
  const fault = await page.evaluate(() => {
    const it = document.activeElement;
    // What is drawn by something else, as the box of a hidden radio, shows its focus there.
    const drawn = [it, it.closest('label'), it.nextElementSibling, it.parentElement].filter(Boolean);
    const marked = (of) => {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(of);
      return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none';
    };
    if (!drawn.some(marked)) return 'does not show that it has the focus';
    const box = it.getBoundingClientRect();
    const covered = [0.1, 0.5, 0.9].every((part) => {
      const hit = document.elementFromPoint(box.left + box.width * part, box.top + box.height / 2);
      return !drawn.some((of) => of.contains(hit));
    });
    return covered ? 'has the focus where nobody sees it' : null;
  });
  assert.equal(fault, null, `${locator} on ${page.url()} ${fault}`);
}
