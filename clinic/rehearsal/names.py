"""Names for people nobody knows: a number gives the same one every time, and 2 000 numbers give different ones."""

FIRST = (
    *("Alba", "Anton", "Beryl", "Bruno", "Cora", "Cyrus", "Dahlia", "Desmond", "Edda", "Emil"),
    *("Fern", "Floyd", "Greta", "Gus", "Hazel", "Hugo", "Ida", "Ivor", "June", "Jasper"),
    *("Kira", "Knox", "Lena", "Linus", "Mabel", "Milo", "Nell", "Nico", "Opal", "Otto"),
    *("Pearl", "Piers", "Quinn", "Ramona", "Rufus", "Selma", "Silas", "Thea", "Ulric", "Vera"),
)
LAST = (
    *("Alder", "Ashdown", "Barrow", "Birch", "Bramble", "Brook", "Cairn", "Cedar", "Clover", "Coppice"),
    *("Dale", "Dunlin", "Elmwood", "Fallow", "Fenn", "Finch", "Foxley", "Garnet", "Glade", "Gorse"),
    *("Hawthorn", "Heath", "Heron", "Holloway", "Inlet", "Juniper", "Kestrel", "Larch", "Linnet", "Lowland"),
    *("Mallow", "Marsh", "Meadow", "Moor", "Nettle", "Oakley", "Orchard", "Pebble", "Plover", "Quarry"),
    *("Reed", "Ridge", "Rowan", "Sedge", "Sparrow", "Thistle", "Tidewell", "Upland", "Vale", "Willow"),
)
