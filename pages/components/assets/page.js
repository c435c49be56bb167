// Streamlit fetches what draws HTML only when the first of it comes (`theme.inject`, before any number is asked for): the page is shown
// once that very first one is there (what comes later may be drawn before those that waited), so that it does not come first without and
// then move; whatever happens, it is not hidden for long.
{
  const reveal = () => { waiting.disconnect(); document.documentElement.classList.add('tv-ready'); };
  const waiting = new MutationObserver(() => { if (document.querySelector('.stEvent [data-testid=stHtml]')) reveal(); });
  waiting.observe(document.documentElement, { childList: true, subtree: true });
  setTimeout(reveal, 5000);
}

// On a phone Streamlit puts the groups of the navigation between a list and its items, which is no list to those who hear the page:
// each group is told as one, by its name.
new MutationObserver(() => {
  for (const group of document.querySelectorAll('[data-testid=stSidebarNavItems] > div:not([role])')) {
    group.parentElement.setAttribute('role', 'none');
    group.setAttribute('role', 'group');
    group.setAttribute('aria-label', group.querySelector('header p')?.textContent ?? '');
  }
  for (const item of document.querySelectorAll('[data-testid=stSidebarNavItems] > div li:not([role])')) item.setAttribute('role', 'none');
}).observe(document.documentElement, { childList: true, subtree: true });
