// What the page can do beyond being read: choose a shape, tell exact numbers of dots, sort tables. All of it works with
// a keyboard, and the page is whole without it.
'use strict';
(() => {
  const NEAR = 32;  // pixels from a pointer to the dot that it means

  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // One picture at a time.
  const figures = [...document.querySelectorAll('figure.shape')];
  const choose = (chosen) => figures.forEach((figure) => { figure.hidden = figure !== chosen; });
  if (figures.length > 1) {
    const field = make('fieldset', { className: 'shapes' }, make('legend', { textContent: 'Batch' }));
    for (const figure of figures) {
      const input = make('input', { type: 'radio', name: 'shape', checked: figure === figures[0] });
      input.addEventListener('change', () => choose(figure));
      field.append(make('label', {}, input, figure.dataset.shape));
      figure.querySelector('h3').hidden = true;
    }
    figures[0].before(field);
    choose(figures[0]);
  }

  // Exact numbers, for a pointer near a dot and for the dot in focus.
  for (const canvas of document.querySelectorAll('.canvas')) {
    const tip = make('div', { className: 'tip', hidden: true });
    tip.setAttribute('aria-hidden', 'true');  // the button says the same
    let shown = null;
    const show = (dot) => {
      if (shown !== null) shown.element.classList.remove('shown');
      shown = dot;
      tip.hidden = dot === null;
      if (dot === null) return;
      dot.element.classList.add('shown');
      tip.textContent = dot.text;
      const { clientWidth: width, clientHeight: height } = canvas;
      const x = dot.x * width / 100, y = dot.y * height / 100;
      tip.style.left = `${Math.max(0, Math.min(x + 14, width - tip.offsetWidth))}px`;
      tip.style.top = `${y - tip.offsetHeight - 14 < 0 ? y + 18 : y - tip.offsetHeight - 14}px`;
    };
    const pictures = [...canvas.querySelectorAll('.plot')].map((svg) => ({ svg, dots: [] }));
    for (const { svg, dots } of pictures) {
      for (const element of svg.querySelectorAll('.dot')) {
        const title = element.querySelector('title');
        const dot = { element, text: title.textContent, x: Number(element.dataset.x), y: Number(element.dataset.y) };
        title.remove();  // or browsers show a second tip
        dot.button = make('button', { type: 'button', className: svg.classList.contains('wide') ? 'wide' : 'narrow' });
        dot.button.setAttribute('aria-label', dot.text.replaceAll('\n', ', '));
        dot.button.style.left = `${dot.x}%`;
        dot.button.style.top = `${dot.y}%`;
        dot.button.addEventListener('focus', () => show(dot));
        dot.button.addEventListener('blur', () => show(null));
        dots.push(dot);
      }
      dots.sort((a, b) => a.x - b.x);  // the tab key goes from the fastest to the slowest
      canvas.append(...dots.map(({ button }) => button));
      const name = svg.querySelector('title');  // likewise
      svg.removeAttribute('aria-labelledby');
      svg.setAttribute('aria-label', name.textContent);
      name.remove();
    }
    canvas.append(tip);
    const nearest = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      const { dots } = pictures.find(({ svg }) => svg.getBoundingClientRect().width > 0);
      let best = null, least = NEAR;
      for (const dot of dots) {
        const distance = Math.hypot(box.left + dot.x * box.width / 100 - clientX, box.top + dot.y * box.height / 100 - clientY);
        if (distance < least) [best, least] = [dot, distance];
      }
      return best;
    };
    canvas.addEventListener('pointermove', (event) => show(nearest(event)));
    canvas.addEventListener('pointerdown', (event) => show(nearest(event)));
    canvas.addEventListener('pointerleave', (event) => { if (event.pointerType === 'mouse') show(null); });
    canvas.addEventListener('keydown', (event) => { if (event.key === 'Escape') show(null); });
  }

  // Numbers in data-value, else text; rows without either stay at the end.
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return cell.matches('.number') ? null : cell.textContent;
  };
  const compare = (a, b) => (typeof a === 'number' ? a - b : a.localeCompare(b, undefined, { numeric: true }));
  for (const table of document.querySelectorAll('table.sortable')) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = make('button', { type: 'button' }, ...head.childNodes);
      head.append(button);
      button.addEventListener('click', () => {
        const direction = head.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', direction);
        const body = table.tBodies[0];
        const rows = [...body.rows].map((row) => ({ row, value: valueOf(row, column) }));
        rows.sort((a, b) => {
          if (a.value === null || b.value === null) return (a.value === null) - (b.value === null);
          return direction === 'ascending' ? compare(a.value, b.value) : compare(b.value, a.value);
        });
        body.append(...rows.map(({ row }) => row));
      });
    });
  }
})();
