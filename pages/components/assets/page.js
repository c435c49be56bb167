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
