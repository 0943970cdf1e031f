// The drawings of icons that index.html does not have.

export const ICONS = {
  left: "m15 5-7 7 7 7",
  right: "m9 5 7 7-7 7",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  details: "M12 11v6M12 7v1M12 3a9 9 0 1 0 .1 0",
  link: "M10 14a4 4 0 0 0 6 0l4-4a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-4 4a4 4 0 0 0 6 6l1-1",
  tag: "M4 4h8l8 8-8 8-8-8zM8.5 8.5v.1",
  restore: "M5 5v5h5M5.5 10A8 8 0 1 1 4 14",
  download: "M12 4v12M7 11l5 5 5-5M4 16v4h16v-4",
};
