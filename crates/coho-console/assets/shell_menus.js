// The menus of the header: language, theme, account.

import { html } from './html.js';
import { t, language, setLanguage, LANGUAGES } from './i18n.js';
import { theme, setTheme, THEMES } from './theme_choice.js';
import { signOut, signOutEverywhere } from './session.js';
import { confirm, Menu, toast } from './components/index.js';

export function LanguageMenu() {
  const items = LANGUAGES.map(({ value, label }) => ({
    label, lang: value, icon: value === language.value ? 'check' : undefined,
    onClick: () => setLanguage(value).catch(toast.bad),
  }));
  return html`<${Menu} icon="language" label=${t('shell.language')} items=${items} />`;
}

const THEME_ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };

export function ThemeMenu() {
  const items = THEMES.map((name) => ({
    label: t(`theme.${name}`), icon: name === theme.value ? 'check' : undefined, onClick: () => setTheme(name),
  }));
  return html`<${Menu} icon=${THEME_ICONS[theme.value]} label=${t('shell.theme')} items=${items} />`;
}

/** `onHelp` opens the list of keyboard shortcuts. */
export function AccountMenu({ onHelp }) {
  const everywhere = async () => {
    const question = { title: t('shell.everywhere_title'), text: t('shell.everywhere_text'), action: t('shell.sign_out_everywhere'), danger: true };
    if (await confirm(question)) await signOutEverywhere().catch(toast.bad);
  };
  return html`<${Menu} icon="user" label=${t('shell.account')} items=${[
    { label: t('keys.title'), icon: 'help', onClick: onHelp },
    '-',
    { label: t('shell.sign_out_everywhere'), icon: 'lock', onClick: everywhere },
    { label: t('shell.sign_out'), icon: 'signout', onClick: () => signOut().catch(toast.bad) },
  ]} />`;
}
