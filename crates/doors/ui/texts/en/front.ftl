name = Portico
footer = Portico, the open property management server
to-front = To the start page
again = Try again

front-title = Your home, taken care of
front-text = Here you reach your property management, and your neighbours reach you.
front-promise-report = Report what is broken, with photos, and see what becomes of it
front-promise-news = News and events of your house
front-promise-papers = Your documents, contacts and account
front-below = You have an invitation? Open the link in it. Programs find the interfaces in the documentation of Portico, the open property management server.

form-title = Set your new password
form-title-fault = Please check: set your new password
form-text = You will use it to sign in from now on.
form-password = New password
form-password-help = At least { $min } characters. A few unrelated words are easy to remember and hard to guess.
form-repeat = The same password again
form-submit = Set password
form-below = Afterwards you are signed out on all devices and sign in with the new password.

fault-short = This password is too short. It needs at least { $min } characters.
fault-long = This password is too long. It can have up to { $max } characters.
fault-repeat = The two passwords are different. Please type both again.
fault-refused = This password cannot be used. Please choose another one.

done-title = Your new password is set
done-text = Sign in with it in the app you use.
done-next = You can close this page.

ended-title = This link no longer works
ended-text = A link to set a password works once, and only for a limited time. Have you just set your password with it? Then all is well: sign in in the app you use.
ended-next = Otherwise ask for a new link: in the app with “Forgot password”, or from your property management if you were invited.

incomplete-title = This link is not complete
incomplete-text = Part of the address is missing. Some mail programs break long links in two.
incomplete-next = Please open the link in the mail again, or copy all of it into the address line of your browser.

busy-title = Please wait a moment
busy-text = There were too many attempts in a short time, so there is a pause now. It protects your account.
busy-seconds = { $n ->
    [one] You can try again in one second.
   *[other] You can try again in { $n } seconds.
}
busy-minutes = { $n ->
    [one] You can try again in about one minute.
   *[other] You can try again in about { $n } minutes.
}

trouble-title = This is not working right now
trouble-text = The fault is ours, not yours. Your password was not changed.
trouble-next = Please try again in a few minutes.

missing-title = There is no page here
missing-text = Perhaps the address was mistyped, or the page has moved.

foreign-title = This was sent from another website
foreign-text = For your safety, a password can be set only on the page that the link in your mail opens. Nothing was changed.
foreign-next = Please open the link in the mail again.

large-title = This is more than fits in here
large-text = What was sent is far longer than a password can be. Nothing was changed.
large-next = Please open the link in the mail again and choose a shorter password.

unreadable-title = This could not be read
unreadable-text = What was sent does not look like our form. Nothing was changed.
unreadable-next = Please open the link in the mail again.

method-title = This page does not take that
method-text = It can be opened, but what was sent to it is not for it. Nothing was changed.

login-title = Sign in
login-title-fault = Please check: sign in
login-for = To go on to { $client }.
login-username = E-mail address or phone number
login-password = Password
login-submit = Sign in
login-below = You have no login yet? Your property management invites you.
login-forgot = I forgot my password
provider-unknown = This way to sign in is not set up here.
provider-stale = This took too long or was begun in another window. Please try again.
provider-denied = You were not signed in there. Nothing has changed here.
provider-unreachable = The other side does not answer. Please try again later, or sign in with your password.
provider-untrusted = What came back could not be trusted. Please try again.
provider-stranger = Nobody here is known by that account yet. Sign in with your password, or use your invitation.
provider-disabled = This login is blocked. Please ask your property management.
provider-taken = That account belongs to somebody else here.
login-or = or
login-passkey = Sign in with a passkey
login-passkey-script = Passkeys need JavaScript. Without it, sign in with your password.
passkey-unknown = This passkey does not sign you in here. Use another one, or your password.
login-wrong = This did not match. Please check your e-mail address or phone number and your password.
login-trouble = The fault is ours, not yours.
login-stale = This form was open for too long or came from elsewhere. Please sign in again.

consent-title = Let { $client } know who you are?
consent-who = You are signed in as { $person }.
consent-list = It would know or be allowed:
consent-openid = That it is you, each time you sign in
consent-profile = Your name
consent-email = Your e-mail address
consent-offline = To act for you while you are away, until you or your property management ends it
consent-allow = Allow
consent-deny = Do not allow
consent-below = Your password stays here: { $client } does not see it.

out-title = Sign out?
out-text = You are then signed out of Portico in this browser.
out-submit = Sign out

signed-out-title = You are signed out
signed-out-text = On a shared computer, please close the browser as well.

refused-client-title = This program is not known here
refused-client-text = It asked to sign you in, but it is not, or no longer, registered. Nothing was told to it.
refused-redirect-title = This program wants to send you to an unknown address
refused-redirect-text = The address you would go to after signing in is not one that the program has registered. For your safety it ends here.
refused-request-title = This request cannot be read
refused-request-text = The program that sent you here made a mistake. Nothing was told to it.

form-password-help-n = At least { $n } characters. A few unrelated words are easy to remember and hard to guess.
forgot-title = Forgot your password?
forgot-text = Tell us the e-mail address you sign in with. We send you a link to set a new password.
forgot-send = Send the link
forgot-back = Back to the sign-in
forgot-stale = This form was open for too long or came from elsewhere. Please send it once more.
forgot-sent-title = Look into your mailbox
forgot-sent-text = If somebody signs in here with this address, a mail with a link is on its way. It may take a minute.
forgot-sent-next = Nothing came? Look into the spam folder, or ask your property management.
invite-title = Welcome to { $x }
invite-text = { $x } invites you. Choose a password, and you are in.
invite-email-help = You sign in with it.
invite-accept = Create my login
invite-ended-title = This invitation no longer works
invite-ended-text = It was used, taken back, or is too old. If you have a login already, sign in; otherwise ask whoever invited you for a new one.
invite-has-login = You have a login already. Please sign in with it.
invite-taken = Somebody signs in with this address already. Please use another one, or sign in.
first-name = First name
last-name = Last name
email = E-mail address
