skip = Direkt zum Inhalt
undo = Rückgängig
optional = (freiwillig)
choose = Bitte wählen
remove = Entfernen
internal = Intern
management = Verwaltung
pager = Seiten
pager-earlier = Früher
pager-later = Später
chart-table = Als Tabelle
photos-pick = Fotos oder Dateien hinzufügen
photos-many = Bitte höchstens zehn. Die ersten zehn bleiben.
parts-title = Bausteine

nav-main = Hauptmenü
nav-home = Start
nav-report = Melden
nav-tickets = Anliegen
nav-community = Haus
nav-news = Neues
nav-calendar = Termine
nav-documents = Dokumente
nav-help = Hilfe
nav-money = Konto
nav-me = Ich
nav-notifications = { $n ->
    [0] Mitteilungen
    [one] Mitteilungen, eine neue
   *[other] Mitteilungen, { $n } neue
}
nav-search = Suchen
nav-dashboard = Übersicht
nav-people = Personen
nav-settings = Einstel{"\u00AD"}lungen

status-open = Offen
status-in-progress = In Arbeit
status-waiting = Wartet
status-closed = Erledigt
status-rejected = Abgelehnt

form-faults = { $n ->
    [one] Bitte prüfen Sie ein Feld weiter unten.
   *[other] Bitte prüfen Sie { $n } Felder weiter unten.
}
problem-required = Bitte füllen Sie das aus.
problem-long = Das ist zu lang. Es darf höchstens { $n } Zeichen haben.
problem-short = Das ist zu kurz. Es braucht mindestens { $n } Zeichen.
problem-email = Das sieht nicht nach einer E-Mail-Adresse aus.
problem-phone = Das sieht nicht nach einer Telefonnummer aus.
problem-taken = Das hat schon jemand anderes.
problem-choice = Bitte wählen Sie etwas davon aus.
problem-mismatch = Die beiden stimmen nicht überein.
problem-file-large = { $x } ist zu groß. Eine Datei darf höchstens 25 MB haben.
problem-file-broken = { $x } ist leer oder beschädigt.
problem-file-full = Für weitere Dateien ist kein Platz. Bitte sagen Sie Ihrer Hausverwaltung Bescheid.
problem-number = Bitte schreiben Sie eine Zahl.
problem-password = Das ist nicht Ihr Passwort.
problem-form = Das ließ sich nicht lesen. Bitte schreiben Sie es anders.

when-now = gerade eben
when-minutes = { $n ->
    [one] vor einer Minute
   *[other] vor { $n } Minuten
}
when-today = heute
when-yesterday = gestern
when-tomorrow = morgen
when-day-time = { $day }, { $time }
when-exact = { $weekday }, { $date }, { $time }
when-date = { $day }. { $month }
when-date-year = { $day }. { $month } { $year }
when-weekday = { $n ->
    [1] Montag
    [2] Dienstag
    [3] Mittwoch
    [4] Donnerstag
    [5] Freitag
    [6] Samstag
   *[7] Sonntag
}
when-month = { $n ->
    [1] Januar
    [2] Februar
    [3] März
    [4] April
    [5] Mai
    [6] Juni
    [7] Juli
    [8] August
    [9] September
    [10] Oktober
    [11] November
   *[12] Dezember
}
when-month-short = { $n ->
    [1] Jan
    [2] Feb
    [3] März
    [4] Apr
    [5] Mai
    [6] Juni
    [7] Juli
    [8] Aug
    [9] Sept
    [10] Okt
    [11] Nov
   *[12] Dez
}
greeting-morning = Guten Morgen
greeting-day = Guten Tag
greeting-evening = Guten Abend

forbidden-title = Das gehört nicht zu Ihrem Konto
forbidden-text = Mit Ihrem Konto geht das nicht. Wenn es gehen sollte, fragen Sie bitte Ihre Hausverwaltung.
changed-title = Inzwischen hat sich etwas geändert
changed-text = Es steht jetzt anders, als Ihre Seite zeigte. Es wurde nichts geändert. Bitte öffnen Sie sie noch einmal.
stale-title = Das kam von einer anderen Seite
stale-text = Zu Ihrer Sicherheit zählt nur, was Sie von einer offenen Seite dieses Servers schicken. Es wurde nichts geändert.
stale-next = Bitte gehen Sie zurück, laden Sie die Seite neu und schicken Sie es noch einmal. Was Sie getippt haben, ist noch da.
trouble-here = Der Fehler liegt bei uns, nicht bei Ihnen.
large-here = Was ankam, ist größer, als diese Seite annimmt. Es wurde nichts geändert.

wifi-title = WLAN
wifi-unit = Ihr WLAN
wifi-guest = Für Gäste
wifi-linked = Ihr eigenes Passwort
wifi-network = Netz
wifi-show = Passwort anzeigen
wifi-blocked = Dieses Passwort ist gesperrt. Bitte fragen Sie Ihre Hausverwaltung.
wifi-devices = Geräte
wifi-seen = Zuletzt gesehen
wifi-never = Noch nicht gesehen
wifi-renew = Neues Passwort
wifi-add = Gerät hinzufügen
wifi-add-help = Für Dinge, die kein Passwort eintippen können, etwa einen Drucker. Die Adresse (MAC) steht auf dem Gerät oder in seinen Einstellungen.
wifi-mac = Adresse (MAC)
wifi-blocked-own = Gesperrt
wifi-blocked-desk = Von Ihrer Hausverwaltung gesperrt
wifi-none = Kein WLAN vom Haus
wifi-none-text = Ihre Hausverwaltung hat hier kein WLAN eingerichtet.
wifi-link-ended = Dieser Link gilt nicht mehr. In der neuesten E-Mail steht der gültige.
done-wifi-renewed = Es gibt ein neues Passwort.
done-wifi-added = Das Gerät darf jetzt ins Netz.
done-wifi-removed = Das Gerät ist entfernt.
draft-restored = Was Sie zuvor geschrieben haben, ist wieder da.
draft-drop = Verwerfen
nav-fold = Schmales Menü
face-title = Bild
face-help = JPEG, PNG, GIF oder WebP. Wer den Namen sieht, sieht auch das Bild.
face-own-help = JPEG, PNG, GIF oder WebP. Wer Ihren Namen sieht, sieht auch das Bild: die Verwaltung und, wo Sie kommentieren, die Nachbarn.
face-pick = Bild auswählen
face-save = Bild speichern
face-remove = Bild entfernen
done-face-refused = Dieses Bild lässt sich nicht zeigen. Bitte wählen Sie ein JPEG, PNG, GIF oder WebP.
