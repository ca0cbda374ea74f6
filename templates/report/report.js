'use strict';
(() => {
  const items = [...document.querySelectorAll('.item')];
  const groups = [...document.querySelectorAll('.group')];
  const form = document.getElementById('by-form');
  const text = document.getElementById('by-text');
  const buttons = [...document.querySelectorAll('#by-status button')];
  const nothing = document.getElementById('nothing');

  const apply = () => {
    const wanted = buttons.filter(b => b.getAttribute('aria-pressed') === 'true').map(b => b.value);
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const active = form.value !== '' || wanted.length > 0 || words.length > 0;
    let any = false;
    for (const item of items) {
      const d = item.dataset;
      item.hidden = (form.value !== '' && d.form !== form.value)
        || (wanted.length > 0 && !wanted.includes(d.status))
        || !words.every(w => d.text.includes(w));
      any ||= !item.hidden;
    }
    for (const group of groups) {
      const own = [...group.querySelectorAll('.item')];
      const shown = own.filter(i => !i.hidden).length;
      group.hidden = active && shown === 0;
      const said = group.querySelector('.shown');
      if (said) said.textContent = active && shown < own.length ? `${shown} / ` : '';
      for (const twin of group.querySelectorAll('.twin')) twin.hidden = twin.nextElementSibling.hidden;
    }
    nothing.hidden = any || !active;
  };

  if (form) {
    form.addEventListener('change', apply);
    text.addEventListener('input', apply);
    for (const b of buttons) {
      b.addEventListener('click', () => {
        b.setAttribute('aria-pressed', String(b.getAttribute('aria-pressed') !== 'true'));
        apply();
      });
    }
  }

  // Pointing at a field's line shows where it is on the sheet; pressing a sheet makes it large.
  const mark = (event, on) => {
    const line = event.target.closest('tr[data-field]');
    if (!line) return;
    for (const f of line.closest('.item').querySelectorAll('polygon')) {
      f.classList.toggle('hot', on && f.dataset.field === line.dataset.field);
    }
  };
  document.addEventListener('mouseover', e => mark(e, true));
  document.addEventListener('mouseout', e => mark(e, false));
  document.addEventListener('click', e => {
    const sheet = e.target.closest('.sheet');
    if (sheet) sheet.classList.toggle('large');
  });
  document.addEventListener('keydown', e => {
    if (e.key === 'Escape') document.querySelectorAll('.sheet.large').forEach(s => s.classList.remove('large'));
  });
})();
