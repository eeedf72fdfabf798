# Portal.
