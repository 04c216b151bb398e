// The components that most screens use, from one place. Imported by their own module, because the first screen does without:
// `virtual_list.js`, `code_editor.js`, `chart.js`.
export * from './icon.js';
export * from './button.js';
export * from './layout.js';
export * from './error.js';
export * from './field.js';
export * from './dialog.js';
export * from './tabs.js';
export * from './toast.js';
export * from './table.js';
export * from './untrusted.js';
