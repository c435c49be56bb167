// A text with numbered lines. What is typed is sent once the typing pauses; lines that are wrong are marked in the margin.
const PAUSE = 350;

export default function ({ data, parentElement, setStateValue }) {
  const area = parentElement.querySelector('textarea'), margin = parentElement.querySelector('ol');
  const number = () => {
    const marks = Object.fromEntries(JSON.parse(area.dataset.marks || '[]'));
    margin.innerHTML = area.value.split('\n').map((_, place) => `<li class="${marks[place + 1] ?? ''}">${place + 1}</li>`).join('');
    margin.scrollTop = area.scrollTop;
  };
  const send = () => { clearTimeout(area.pause); if (area.value !== area.sent) setStateValue('text', area.sent = area.value); };
  if (area.dataset.version !== data.version) {
    area.dataset.version = data.version;
    area.value = area.sent = data.text;
  }
  parentElement.querySelector('label').textContent = area.ariaLabel = data.label;
  area.dataset.marks = JSON.stringify(data.marks);
  number();
  area.oninput = () => { number(); clearTimeout(area.pause); area.pause = setTimeout(send, PAUSE); };
  area.onchange = send;
  area.onscroll = () => { margin.scrollTop = area.scrollTop; };
}
