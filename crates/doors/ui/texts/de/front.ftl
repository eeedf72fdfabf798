name = Portico
footer = Portico, der offene Server für die Hausverwaltung
to-front = Zur Startseite
again = Noch einmal versuchen

front-title = Ihr Zuhause, in guten Händen
front-text = Hier erreichen Sie Ihre Hausverwaltung und erfahren, was im Haus los ist.
front-promise-report = Melden, was kaputt ist, mit Fotos, und sehen, was daraus wird
front-promise-news = Neues und Termine aus Ihrem Haus
front-promise-papers = Ihre Dokumente, Kontakte und Ihr Konto
front-below = Sie haben eine Einladung? Öffnen Sie den Link darin. Programme finden die Schnittstellen in der Dokumentation von Portico, dem offenen Server für die Hausverwaltung.

form-title = Neues Passwort festlegen
form-title-fault = Bitte prüfen: neues Passwort festlegen
form-text = Damit melden Sie sich ab jetzt an.
form-password = Neues Passwort
form-password-help = Mindestens { $min } Zeichen. Ein paar Wörter ohne Zusammenhang merkt man sich leicht, und sie sind schwer zu erraten.
form-repeat = Dasselbe Passwort noch einmal
form-submit = Passwort festlegen
form-below = Danach sind Sie auf allen Geräten abgemeldet und melden sich mit dem neuen Passwort an.

fault-short = Dieses Passwort ist zu kurz. Es braucht mindestens { $min } Zeichen.
fault-long = Dieses Passwort ist zu lang. Es darf höchstens { $max } Zeichen haben.
fault-repeat = Die beiden Passwörter sind verschieden. Bitte geben Sie beide noch einmal ein.
fault-refused = Dieses Passwort geht leider nicht. Bitte wählen Sie ein anderes.

done-title = Ihr neues Passwort gilt
done-text = Melden Sie sich damit in der App an, die Sie benutzen.
done-next = Sie können diese Seite schließen.

ended-title = Dieser Link gilt nicht mehr
ended-text = Ein Link zum Festlegen eines Passworts gilt nur einmal und nur für begrenzte Zeit. Haben Sie Ihr Passwort gerade damit festgelegt? Dann ist alles gut: Melden Sie sich in der App an, die Sie benutzen.
ended-next = Sonst fordern Sie bitte einen neuen Link an: in der App über „Passwort vergessen“ oder, wenn Sie eingeladen wurden, bei Ihrer Hausverwaltung.

incomplete-title = Dieser Link ist nicht vollständig
incomplete-text = Ein Teil der Adresse fehlt. Manche Mailprogramme brechen lange Links um.
incomplete-next = Bitte öffnen Sie den Link in der Mail noch einmal, oder kopieren Sie ihn ganz in die Adresszeile Ihres Browsers.

busy-title = Bitte warten Sie einen Moment
busy-text = Es gab in kurzer Zeit zu viele Versuche, darum ist jetzt Pause. Sie schützt Ihr Konto.
busy-seconds = { $n ->
    [one] In einer Sekunde können Sie es wieder versuchen.
   *[other] In { $n } Sekunden können Sie es wieder versuchen.
}
busy-minutes = { $n ->
    [one] In etwa einer Minute können Sie es wieder versuchen.
   *[other] In etwa { $n } Minuten können Sie es wieder versuchen.
}

trouble-title = Das geht gerade nicht
trouble-text = Der Fehler liegt bei uns, nicht bei Ihnen. Ihr Passwort wurde nicht geändert.
trouble-next = Bitte versuchen Sie es in ein paar Minuten noch einmal.

missing-title = Hier ist keine Seite
missing-text = Vielleicht ist die Adresse vertippt, oder die Seite ist umgezogen.

foreign-title = Das kam von einer anderen Website
foreign-text = Zu Ihrer Sicherheit lässt sich ein Passwort nur auf der Seite festlegen, die der Link in Ihrer Mail öffnet. Es wurde nichts geändert.
foreign-next = Bitte öffnen Sie den Link in der Mail noch einmal.

large-title = Das ist mehr, als hier hineinpasst
large-text = Was ankam, ist viel länger, als ein Passwort sein kann. Es wurde nichts geändert.
large-next = Bitte öffnen Sie den Link in der Mail noch einmal, und wählen Sie ein kürzeres Passwort.

unreadable-title = Das ließ sich nicht lesen
unreadable-text = Was ankam, sieht nicht nach unserem Formular aus. Es wurde nichts geändert.
unreadable-next = Bitte öffnen Sie den Link in der Mail noch einmal.

method-title = Das nimmt diese Seite nicht an
method-text = Man kann sie öffnen, aber was hierher geschickt wurde, ist nicht für sie. Es wurde nichts geändert.

login-title = Anmelden
login-title-fault = Bitte prüfen: anmelden
login-for = Um mit { $client } weiterzumachen.
login-username = E-Mail-Adresse oder Telefonnummer
login-password = Passwort
login-submit = Anmelden
login-below = Sie haben noch keinen Zugang? Ihre Hausverwaltung lädt Sie ein.
login-forgot = Passwort vergessen
provider-unknown = Diese Anmeldung ist hier nicht eingerichtet.
provider-stale = Das hat zu lange gedauert oder wurde in einem anderen Fenster begonnen. Bitte versuchen Sie es noch einmal.
provider-denied = Sie wurden dort nicht angemeldet. Hier hat sich nichts geändert.
provider-unreachable = Die Gegenseite antwortet nicht. Bitte versuchen Sie es später noch einmal, oder melden Sie sich mit Ihrem Passwort an.
provider-untrusted = Der Antwort war nicht zu trauen. Bitte versuchen Sie es noch einmal.
provider-stranger = Zu diesem Konto kennen wir hier noch niemanden. Melden Sie sich mit Ihrem Passwort an, oder nutzen Sie Ihre Einladung.
provider-disabled = Dieser Zugang ist gesperrt. Bitte fragen Sie Ihre Hausverwaltung.
provider-taken = Dieses Konto gehört hier schon jemand anderem.
login-or = oder
login-passkey = Mit Passkey anmelden
login-passkey-script = Passkeys brauchen JavaScript. Ohne melden Sie sich mit Ihrem Passwort an.
passkey-unknown = Dieser Passkey meldet Sie hier nicht an. Nehmen Sie einen anderen oder Ihr Passwort.
login-wrong = Das passt nicht zusammen. Bitte prüfen Sie E-Mail-Adresse oder Telefonnummer und Passwort.
login-trouble = Der Fehler liegt bei uns, nicht bei Ihnen.
login-stale = Dieses Formular war zu lange offen oder kam von woanders. Bitte melden Sie sich noch einmal an.

consent-title = Darf { $client } wissen, wer Sie sind?
consent-who = Sie sind angemeldet als { $person }.
consent-list = Das Programm erfährt oder darf:
consent-openid = Dass Sie es sind, wann immer Sie sich anmelden
consent-profile = Ihren Namen
consent-email = Ihre E-Mail-Adresse
consent-offline = In Ihrem Namen handeln, auch wenn Sie nicht da sind, bis Sie oder Ihre Hausverwaltung es beenden
consent-allow = Erlauben
consent-deny = Nicht erlauben
consent-below = Ihr Passwort bleibt hier: { $client } bekommt es nicht zu sehen.

out-title = Abmelden?
out-text = Sie sind dann in diesem Browser von Portico abgemeldet.
out-submit = Abmelden

signed-out-title = Sie sind abgemeldet
signed-out-text = An einem gemeinsam benutzten Computer schließen Sie bitte auch den Browser.

refused-client-title = Dieses Programm ist hier nicht bekannt
refused-client-text = Es wollte Sie anmelden lassen, ist aber nicht oder nicht mehr registriert. Es hat nichts erfahren.
refused-redirect-title = Dieses Programm will Sie an eine unbekannte Adresse schicken
refused-redirect-text = Die Adresse, zu der Sie nach der Anmeldung kämen, hat das Programm nicht registriert. Zu Ihrer Sicherheit ist hier Schluss.
refused-request-title = Diese Anfrage ist nicht lesbar
refused-request-text = Das Programm, das Sie hierher geschickt hat, hat einen Fehler gemacht. Es hat nichts erfahren.

form-password-help-n = Mindestens { $n } Zeichen. Ein paar Wörter ohne Zusammenhang merkt man sich leicht, und sie sind schwer zu erraten.
forgot-title = Passwort vergessen?
forgot-text = Nennen Sie uns die E-Mail-Adresse, mit der Sie sich anmelden. Wir schicken Ihnen einen Link für ein neues Passwort.
forgot-send = Link schicken
forgot-back = Zurück zur Anmeldung
forgot-stale = Dieses Formular war zu lange offen oder kam von woanders. Bitte schicken Sie es noch einmal.
forgot-sent-title = Schauen Sie in Ihr Postfach
forgot-sent-text = Wenn sich hier jemand mit dieser Adresse anmeldet, ist eine Mail mit einem Link unterwegs. Das kann eine Minute dauern.
forgot-sent-next = Nichts gekommen? Schauen Sie in den Spam-Ordner, oder fragen Sie Ihre Hausverwaltung.
invite-title = Willkommen: { $x }
invite-text = { $x } lädt Sie ein. Wählen Sie ein Passwort, dann sind Sie dabei.
invite-email-help = Damit melden Sie sich an.
invite-accept = Zugang anlegen
invite-ended-title = Diese Einladung gilt nicht mehr
invite-ended-text = Sie wurde benutzt, zurückgezogen oder ist zu alt. Wenn Sie schon einen Zugang haben, melden Sie sich an; sonst bitten Sie um eine neue.
invite-has-login = Sie haben schon einen Zugang. Bitte melden Sie sich damit an.
invite-taken = Mit dieser Adresse meldet sich schon jemand an. Bitte nehmen Sie eine andere, oder melden Sie sich an.
first-name = Vorname
last-name = Nachname
email = E-Mail-Adresse
