// What a tab remembers between pages, and forgets when it is closed.

function keep(key, value) {
  try {
    sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing asks again
  }
}

function kept(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

/** The application that waits for documents: `{id, access_token}`. */
export const keepApplication = (portal, handle) => keep(`application.${portal}`, handle);
export const keptApplication = (portal) => kept(`application.${portal}`);

/** To whom a mail is on its way: `{identifier, email}`, the number as it is typed at sign-in. */
export const keepMailed = (portal, who) => keep(`mailed.${portal}`, who);
export const keptMailed = (portal) => kept(`mailed.${portal}`);
