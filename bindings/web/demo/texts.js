// What the page searches at first.
export const TEXTS = `
The bakery sells out of rye bread before nine in the morning.
Simmer the lentils with cumin until they fall apart.
She keeps a jar of pickled lemons at the back of the fridge.
A pinch of salt makes chocolate taste darker.
The soup was so hot that nobody spoke for a while.
Grandfather roasted chestnuts over a coal stove.
He tuned the cello twice before the concert began.
The choir rehearses in the old fire station on Thursdays.
A street musician played the same waltz all afternoon.
Vinyl records crackle when dust settles in the groove.
The drummer counted in and the whole room leaned forward.
Two rivals shook hands after the longest match of the season.
The goalkeeper stopped the penalty with her left foot.
He ran his first marathon at the age of sixty-one.
Rain stopped play and the umpires went for tea.
The cyclists climbed in silence, saving their breath.
A fox crossed the motorway bridge at dawn.
The heron stood in the shallows like a grey umbrella.
Our puppy is afraid of the vacuum cleaner.
Bees find their way home by the position of the sun.
The cat sleeps on whichever book I am reading.
Whales sing songs that change from year to year.
The train was forty minutes late, and nobody told us why.
Take the ferry at noon and you will see the lighthouse.
Her passport expired the day before the flight.
The last bus leaves from behind the museum.
We hitchhiked along the coast with one rucksack between us.
The mechanic says the brakes will last another winter.
Snow had closed the mountain pass for three days.
After the storm the beach was covered with driftwood.
The forecast promises fog until noon and sunshine later.
This summer the river ran so low that the old bridge came to light.
Interest rates rose again, and house prices barely moved.
The shop lowered its prices on the day it opened.
She put a tenth of her salary aside every month.
Their start-up ran out of money a week before the launch.
The union and the company agreed on shorter hours.
The invoice is due within thirty days.
My doctor told me to walk more and worry less.
The fever broke on the third night.
A nurse held his hand until the ambulance came.
Reading glasses are nothing to be ashamed of.
He stretches his back for ten minutes before work.
The vaccine needs to be kept cold on its way to the villages.
The telescope caught light that set out before there were dinosaurs.
Astronomers found a planet where it rains molten glass.
A prism spreads sunlight into all of its colours.
The chemist warmed the flask until the crystals dissolved.
Nobody knows why the pendulum drifted from its course.
The new phone lasts two days on a single charge.
I forgot my password and locked myself out of the account.
A small error in the program stopped every printer in the building.
The website asks for my consent on every single visit.
The robot vacuum got stuck under the sofa again.
The teacher drew the water cycle on the blackboard.
She learned the alphabet from cereal boxes.
The exam lasted three hours, and I used every minute.
My sister reads mystery novels in the bath.
We lit candles and played cards until the power came back.
He has written to his pen friend in Osaka for twenty years.
I miss you more than I had expected.
They laughed so hard that the waiter came over to look.
The letter made her cry, but they were good tears.
He was furious about the broken window and then remembered being ten.
`.trim().split('\n');

export const QUERIES = ['an animal that is scared', 'trouble with a computer', 'why we arrived late',
  'playing an instrument', 'feeling ill', 'stars and planets'];
