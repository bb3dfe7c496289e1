'use strict';
{
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Sorting: numbers by data-value, the rest as text; rows without a value stay last in both directions.
  const keyOf = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    return cell.classList.contains('number') ? undefined : cell.textContent;
  };
  const compare = (a, b) => (typeof a === 'number' ? a - b : a.localeCompare(b, 'en', { numeric: true }));
  const sort = (heading) => {
    const row = heading.parentElement;
    const body = heading.closest('table').tBodies[0];
    const column = [...row.cells].indexOf(heading);
    const direction = heading.getAttribute('aria-sort') === 'ascending' ? 'descending' : 'ascending';
    for (const other of row.cells) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', direction);
    const rows = [...body.rows].map((each) => ({ each, key: keyOf(each, column) }));
    rows.sort((a, b) => {
      if (a.key === undefined || b.key === undefined) return (a.key === undefined) - (b.key === undefined);
      return direction === 'ascending' ? compare(a.key, b.key) : compare(b.key, a.key);
    });
    body.append(...rows.map(({ each }) => each));
  };
  for (const button of all('th button')) button.addEventListener('click', () => sort(button.closest('th')));

  // Filtering by profile.
  const boxes = all('.chip input');
  const filter = () => {
    const shown = new Set(boxes.filter((box) => box.checked).map((box) => box.dataset.profile));
    for (const each of all('main [data-profile]')) each.classList.toggle('hidden', !shown.has(each.dataset.profile));
  };
  for (const box of boxes) box.addEventListener('change', filter);
  filter();

  // A row, or a mark, shows its point in every chart.
  const pick = (point) => {
    document.body.classList.toggle('picking', point !== undefined);
    for (const each of all('.series[data-point]')) each.classList.toggle('picked', each.dataset.point === point);
  };
  for (const each of all('tbody tr[data-point], .series[data-point]')) {
    each.addEventListener('mouseenter', () => pick(each.dataset.point));
    each.addEventListener('mouseleave', () => pick(undefined));
  }

  document.getElementById('theme').addEventListener('click', () => {
    const root = document.documentElement;
    const dark =
      root.dataset.theme === 'dark' || (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
    root.dataset.theme = dark ? 'light' : 'dark';
  });
}
