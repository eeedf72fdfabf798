-- What the pages need: the language a person reads, the colour of a house, and the browser of a sign-in.

-- A BCP 47 tag; none while nobody chose one.
ALTER TABLE person ADD COLUMN language TEXT;

-- The accent colour of the property's pages, as six hexadecimal digits; none for the usual one.
ALTER TABLE property ADD COLUMN accent TEXT;

-- What the browser of a sign-in said about itself, for the list of devices.
ALTER TABLE web_session ADD COLUMN browser TEXT;
