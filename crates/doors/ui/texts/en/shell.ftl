skip = Skip to the page
undo = Undo
optional = (optional)
choose = Please choose
remove = Remove
internal = Internal
management = Management
pager = Pages
pager-earlier = Earlier
pager-later = Later
chart-table = As a table
photos-pick = Add photos or files
photos-many = Ten at most, please. The first ten are kept.
parts-title = Parts

nav-main = Main
nav-home = Home
nav-report = Report
nav-tickets = Tickets
nav-community = Community
nav-news = News
nav-calendar = Calendar
nav-documents = Documents
nav-help = Help
nav-money = Money
nav-me = Me
nav-notifications = { $n ->
    [0] Notifications
    [one] Notifications, one is new
   *[other] Notifications, { $n } are new
}
nav-search = Search
nav-dashboard = Overview
nav-people = People
nav-settings = Settings

status-open = Open
status-in-progress = In progress
status-waiting = Waiting
status-closed = Closed
status-rejected = Not done

form-faults = { $n ->
    [one] Please check one field below.
   *[other] Please check { $n } fields below.
}
problem-required = Please fill this in.
problem-long = This is too long. It can have up to { $n } characters.
problem-short = This is too short. It needs at least { $n } characters.
problem-email = This does not look like an e-mail address.
problem-phone = This does not look like a phone number.
problem-taken = Somebody else has this already.
problem-choice = Please choose one of these.
problem-mismatch = The two do not match.
problem-file-large = { $x } is too large. A file can have up to 25 MB.
problem-file-broken = { $x } is empty or broken.
problem-file-full = There is no room for more files. Please tell your property management.
problem-number = Please write a number.
problem-password = This is not your password.
problem-form = This cannot be read. Please write it another way.

when-now = just now
when-minutes = { $n ->
    [one] 1 minute ago
   *[other] { $n } minutes ago
}
when-today = today
when-yesterday = yesterday
when-tomorrow = tomorrow
when-day-time = { $day }, { $time }
when-exact = { $weekday }, { $date }, { $time }
when-date = { $day } { $month }
when-date-year = { $day } { $month } { $year }
when-weekday = { $n ->
    [1] Monday
    [2] Tuesday
    [3] Wednesday
    [4] Thursday
    [5] Friday
    [6] Saturday
   *[7] Sunday
}
when-month = { $n ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
}
when-month-short = { $n ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
}
greeting-morning = Good morning
greeting-day = Hello
greeting-evening = Good evening

forbidden-title = This is not for your account
forbidden-text = Your account may not see or do this. If it should, please ask your property management.
changed-title = Things have moved on
changed-text = In the meantime this stands otherwise than your page showed. Nothing was changed. Please open it again.
stale-title = This was sent from another page
stale-text = For your safety, only what you send from an open page of this server counts. Nothing was changed.
stale-next = Please go back, load the page again and send it once more. What you typed is still there.
trouble-here = The fault is ours, not yours.
large-here = What was sent is larger than this page takes. Nothing was changed.

wifi-title = WiFi
wifi-unit = Your WiFi
wifi-guest = For guests
wifi-linked = Your own passphrase
wifi-network = Network
wifi-show = Show passphrase
wifi-blocked = This passphrase is blocked. Please ask your property management.
wifi-devices = Devices
wifi-seen = Last seen
wifi-never = Not seen yet
wifi-renew = New passphrase
wifi-add = Add a device
wifi-add-help = For things that cannot type a passphrase, such as a printer. Its address (MAC) stands on it or in its settings.
wifi-mac = Address (MAC)
wifi-blocked-own = Blocked
wifi-blocked-desk = Blocked by your property management
wifi-none = No WiFi from your house
wifi-none-text = Your property management has not set up a WiFi here.
wifi-link-ended = This link is not good any more. The newest mail has the one that is.
done-wifi-renewed = There is a new passphrase.
done-wifi-added = The device may join now.
done-wifi-removed = The device is removed.
draft-restored = What you typed before is here again.
draft-drop = Discard it
nav-fold = Narrow menu
face-title = Picture
face-help = JPEG, PNG, GIF or WebP. Whoever sees the name sees the picture.
face-own-help = JPEG, PNG, GIF or WebP. Whoever sees your name sees the picture: the management, and neighbours where you comment.
face-pick = Choose a picture
face-save = Save picture
face-remove = Remove picture
done-face-refused = This is no picture that can be shown. Please choose a JPEG, PNG, GIF or WebP.
