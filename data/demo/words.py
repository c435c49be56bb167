"""Invented words, parted by blanks where they stand in one text: what customers and people of the demo company are called."""

COMPANY_FIRST = (
    "Alderbrook Amberfold Arrowmere Ashcombe Birchway Brackenhall Brindlemoor Bristlecone Calderwick Cinderford Cloverpath Copperleaf "
    "Dapplewood Driftmark Dunmarrow Elmsgate Emberline Fallowfield Fenwater Foxglade Gildenstone Glimmerton Greywether Hallowmere "
    "Harrowgate Hazelmont Heronsgate Hollowbrook Ivorydale Juniperton Kestrelway Larkhollow Lindenmark Marblewick Meadowlark Millrace "
    "Mossgrove Nettlebridge Oakhurst Orchardline Pebblecrest Quillmark Ravensworth Rookwood Saltmarsh Silverbeck Thistledown Willowmere"
)
COMPANY_SECOND = (
    "Analytics Logistics Foods Health Energy Studio Retail Finance Systems Works Travel Robotics Media Textiles Insurance Learning "
    "Mobility Labs Partners Interiors Software Marine Agritech Payments"
)
INDUSTRIES = ("Retail", "Logistics", "Financial services", "Healthcare", "Software", "Manufacturing", "Education", "Media")
COUNTRIES = (  # country, region, hours from UTC, weight of 100
    *(("FR", "Western Europe", 1, 17), ("NL", "Western Europe", 1, 8), ("BE", "Western Europe", 1, 4), ("ES", "Western Europe", 1, 5)),
    *(("DE", "DACH", 1, 15), ("AT", "DACH", 1, 4), ("CH", "DACH", 1, 4), ("GB", "UK & Ireland", 0, 12), ("IE", "UK & Ireland", 0, 4)),
    *(
        ("SE", "Nordics", 1, 5),
        ("DK", "Nordics", 1, 4),
        ("NO", "Nordics", 1, 3),
        ("US", "North America", -5, 12),
        ("CA", "North America", -5, 3),
    ),
)
ACCOUNT_OWNERS = ("Sanne Oduya", "Milo Ferrant", "Greta Halloway", "Idris Novak", "Lena Quist", "Tariq Bellamy")
SELLERS = ("Nils Averbeck", "Carla Montfort", "Owen Trask", "Yara Delorme", "Piotr Lindqvist", "Amaia Rhodes")
GIVEN = (
    "ada alan alba anna aron bea ben cleo dana dario elif emil enzo eva finn gaia hana hugo ilse iris ivo jana jude kaya kim lars lea "
    "leo lina luca mara mila nadia nico nora olga omar otto paul pia rosa sami sara sven tara theo uma vera wim yann zoe"
)
FAMILY = (
    "abara alder bakker berg bosco brandt cole conti dahl duval egan falk ferro frost gale grant haas holm ibsen jansen keller kovac "
    "lang lund marsh meyer moreau nagy noel olsen orsini pace petit quinn reyes rossi sato silva stone tanaka torres ude vance vidal vogel "
    "weiss wolff young zeller"
)
