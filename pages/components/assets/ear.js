// What our drawings say goes through here to Python.
export default function ({ data, setTriggerValue }) { return heardBy(data.name, told => setTriggerValue('said', told)); }
