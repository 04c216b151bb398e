// The frame of every screen: navigation, header, the screen of the route.

import { html, useEffect, useElement, useRef, useState } from './html.js';
import { t, loadArea, language } from './i18n.js';
import { route, href, setLeaveQuestion } from './router.js';
import { eventState } from './events.js';
import { toApiError } from './api_error.js';
import { Badge, Button, confirm, Empty, ErrorBoundary, ErrorBox, Icon, IconButton, Logo, Page, Skeleton } from './components/index.js';
import { loadStyles } from './styles.js';
import { AccountMenu, LanguageMenu, ThemeMenu } from './shell_menus.js';
import { Jump } from './shell_jump.js';
import { ShortcutHelp, useShortcuts } from './shell_shortcuts.js';

const NAVIGATION = [
  { area: 'overview', path: [], icon: 'overview' },
  { area: 'buckets', path: ['buckets'], icon: 'bucket' },
  { area: 'access', path: ['access'], icon: 'access' },
  { area: 'activity', path: ['activity'], icon: 'activity' },
  { area: 'settings', path: ['settings'], icon: 'settings' },
];

const OF_A_BUCKET = [
  { area: 'objects', path: ['objects'], icon: 'object' },
  { area: 'rules', path: ['rules'], icon: 'rules' },
  { area: 'migration', path: ['migration'], icon: 'migration' },
  { area: 'buckets', path: [], icon: 'settings', text: 'nav.bucket_settings' },
];

function NavLink({ address, icon, label, current }) {
  return html`<li><a class="nav-link" href=${address} aria-current=${current ? 'page' : undefined}><${Icon} name=${icon} />${label}</a></li>`;
}

function Navigation() {
  const { area, bucket } = route.value;
  return html`<ul class="nav-list">${NAVIGATION.map((one) => html`<${NavLink} key=${one.area} address=${href(one.path)} icon=${one.icon}
      label=${t(`nav.${one.area}`)} current=${one.area === area && !bucket} />`)}</ul>
    ${bucket && html`<div class="nav-bucket"><p class="nav-head" id="nav-bucket"><span>${t('nav.bucket')}</span><span class="nav-name truncate" title=${bucket}>${bucket}</span></p>
      <ul class="nav-list" aria-labelledby="nav-bucket">${OF_A_BUCKET.map((one) => html`<${NavLink} key=${one.area} address=${href(['buckets', bucket, ...one.path])}
        icon=${one.icon} label=${t(one.text ?? `nav.${one.area}`)} current=${one.area === area} />`)}</ul></div>`}`;
}

const TONES = { open: 'good', connecting: '', retrying: 'warn', paused: '', off: '' };

function LiveState() {
  const state = eventState.value;
  return html`<span class="live"><${Badge} tone=${TONES[state]} dot title=${t(`live.${state}_help`)}>${t(`live.${state}`)}<//></span>`;
}

/** Loads what a screen consists of: module, texts, style sheet. */
async function loadScreen(area) {
  const [module] = await Promise.all([import(`./screens/${area}/index.js`), loadArea(area)]);
  await Promise.all([module.stylesheet ?? []].flat().map(loadStyles));
  return module.default;
}

function NotFound() {
  return html`<${Page} title=${t('missing.title')}><${Empty} icon="search" title=${t('missing.text')}
    actions=${html`<${Button} href="#/">${t('nav.overview')}<//><${Button} href=${href(['buckets'])}>${t('nav.buckets')}<//>`}>${t('missing.advice')}<//><//>`;
}

/** The screen of the route. What is shown stays until the next one is loaded. */
function CurrentScreen() {
  const { area, path } = route.value;
  const [loaded, setLoaded] = useState(/** @type {{ area: string | null, Screen: any, error: any }} */ ({ area: '', Screen: null, error: null }));
  const first = useRef(true);
  const load = () => {
    if (area === null) return setLoaded({ area: null, Screen: NotFound, error: null });
    let wanted = true;
    loadScreen(area).then((Screen) => wanted && setLoaded({ area, Screen, error: null }), (error) => {
      console.warn(error);
      if (wanted) setLoaded({ area, Screen: null, error: toApiError(error) });
    });
    return () => (wanted = false);
  };
  useEffect(load, [area]);
  const ready = loaded.area === area;
  useEffect(() => {
    if (!ready) return;
    if (!first.current) {
      window.scrollTo(0, 0);
      document.querySelector('main h1')?.focus({ preventScroll: true });
    }
    first.current = false;
  }, [ready, path]);
  if (!ready) return html`<div class="page"><${Skeleton} lines=${6} /></div>`;
  if (loaded.error) return html`<div class="page"><h1 tabindex="-1">${t(`nav.${area}`)}</h1><${ErrorBox} error=${loaded.error} retry=${load} /></div>`;
  const { Screen } = loaded;
  return html`<${ErrorBoundary} key=${`${area}${path}`}><${Screen} route=${route.value} /><//>`;
}

/** See the module comment. */
export function Shell() {
  const [open, setOpen] = useState(false);
  const [help, setHelp] = useState(false);
  const main = useElement();
  useShortcuts(() => setHelp(true));
  useEffect(() => setLeaveQuestion(() => confirm({ title: t('leave.title'), text: t('leave.text'), action: t('leave.action'), danger: true })), []);
  useEffect(() => setOpen(false), [route.value]);
  const escape = (event) => {
    if (event.key !== 'Escape' || !open) return;
    setOpen(false);
    event.currentTarget.querySelector('.menu-button').focus();
  };
  return html`<div class="shell" lang=${language.value === 'zh' ? 'zh-CN' : 'en'}>
    <button type="button" class="skip button primary" onClick=${() => main.current.focus()}>${t('shell.skip')}</button>
    <nav class="side" aria-label=${t('shell.navigation')} onKeyDown=${escape}>
      <div class="brand"><a href="#/" class="brand-link"><${Logo} size=${1.75} /><span>Coho</span></a>
        <${IconButton} class="menu-button" icon=${open ? 'close' : 'menu'} label=${t(open ? 'shell.close_menu' : 'shell.open_menu')} aria-expanded=${open ? 'true' : 'false'}
          aria-controls="navigation" onClick=${() => setOpen(!open)} /></div>
      <div id="navigation" class=${`nav${open ? ' open' : ''}`}><${Navigation} /></div>
    </nav>
    <div class="content">
      <header class="top"><${Jump} /><span class="grow"></span><${LiveState} /><${LanguageMenu} /><${ThemeMenu} /><${AccountMenu} onHelp=${() => setHelp(true)} /></header>
      <main id="main" ref=${main} tabindex="-1"><${CurrentScreen} /></main>
    </div>
    ${help && html`<${ShortcutHelp} onClose=${() => setHelp(false)} />`}
  </div>`;
}
