/** A question with one number as its answer. */
export interface Question {
  readonly id: string;
  readonly text: string;
  readonly answer: number;
}

type Row = readonly [text: string, answer: number];

const ROWS: readonly Row[] = [
  ['A baker makes 14 trays of 12 rolls and sells 95 rolls. How many rolls are left?', 73],
  ['Lena reads 18 pages a day. How many days does she need for a book of 252 pages?', 14],
  ['A train has 9 cars with 64 seats each. 418 seats are taken. How many are free?', 158],
  ['Tomas buys 6 pens at 3 dollars and 4 books at 11 dollars. What does he pay in dollars?', 62],
  [
    'A tank holds 480 litres. A pump empties 16 litres a minute. How many minutes does it take to empty half the tank?',
    15,
  ],
  ['Ida has 5 times as many stamps as Ben. Together they have 186. How many stamps has Ben?', 31],
  ['A shop cuts the price of a 240 dollar bicycle by 15 percent. What is the new price in dollars?', 204],
  ['A garden is 13 metres long and 8 metres wide. How many metres of fence go around it?', 42],
  ['Three friends share 147 marbles evenly, then each gives away 9. How many has each of them now?', 40],
  [
    'A bus leaves with 37 people. At the first stop 12 get off and 8 get on, at the second 15 get off. How many are on it?',
    18,
  ],
  ['A printer makes 24 pages a minute. How many pages does it make in two and a half minutes?', 60],
  ['Nadia earns 17 dollars an hour and works 6 hours on each of 4 days. What does she earn in dollars?', 408],
  ['A farmer packs 390 eggs into boxes of 30 and sells each box for 7 dollars. What does he take in dollars?', 91],
  ['A number doubled and increased by 19 is 75. What is the number?', 28],
  ['Omar is 4 years younger than twice the age of his sister, who is 15. How old is Omar?', 26],
  ['A rope of 96 metres is cut into 8 equal pieces and 3 pieces are used. How many metres are left?', 60],
  ['A class of 28 pupils has 4 more girls than boys. How many girls are there?', 16],
  ['A recipe for 4 people needs 300 grams of rice. How many grams are needed for 10 people?', 750],
  [
    'A car uses 7 litres for 100 kilometres. How many litres does it use for 450 kilometres? Answer with a decimal.',
    31.5,
  ],
  ['Sana saves 45 dollars a month. After how many months has she saved 540 dollars?', 12],
  ['A cinema sold 126 tickets at 9 dollars and 58 tickets at 6 dollars. How many dollars did it take?', 1482],
  ['A box holds 7 rows of 11 apples. 13 apples are bad. How many are good?', 64],
  ['A clock loses 3 minutes every day. How many minutes does it lose in 5 weeks?', 105],
  ['Piet walks 850 metres to school and back again on 5 days. How many metres does he walk?', 8500],
  ['Half of a number plus a third of it is 45. What is the number?', 54],
  ['A jug of 2 litres fills glasses of 250 millilitres. How many glasses do 3 such jugs fill?', 24],
  ['In a hall are 15 rows of 22 chairs. One third of all chairs is empty. How many are taken?', 220],
  [
    'A ticket costs 32 dollars for adults and half of that for children. What do 2 adults and 3 children pay in dollars?',
    112,
  ],
  [
    'A tree grows 35 centimetres a year and is 140 centimetres high. How high is it after 6 years, in centimetres?',
    350,
  ],
  ['Mira runs 5 laps of 400 metres and then walks 600 metres. How many metres is that in all?', 2600],
  ['A factory makes 1250 bolts an hour and 4 percent are faulty. How many good bolts does it make in 2 hours?', 2400],
  ['A loaf weighs 750 grams and is cut into 25 slices. What do 8 slices weigh, in grams?', 240],
  ['The sum of two numbers is 64 and their difference is 18. What is the larger one?', 41],
  ['Leo has 3 boxes with 48 cards each. He loses 17 and buys 25. How many cards has he?', 152],
  [
    'A well is 60 metres deep. A snail climbs 5 metres each day and slides back 2 each night. How many metres has it climbed after 7 full days and nights?',
    21,
  ],
  [
    'A parking lot takes 4 dollars for the first hour and 2 dollars for each further one. What do 6 hours cost in dollars?',
    14,
  ],
  ['How many seconds are there in 2 hours and 5 minutes?', 7500],
  ['A square has a perimeter of 52 centimetres. What is its area in square centimetres?', 169],
  ['Twelve workers need 9 days for a road. How many days do 4 workers need at the same pace?', 27],
  ['A shelf has 6 boards with 35 books each. 4 sevenths of all books are novels. How many novels are there?', 120],
  ['The average of 4 numbers is 23. Three of them are 18, 27 and 30. What is the fourth?', 17],
  ['A phone of 360 dollars is paid in 12 equal parts, and 5 parts are paid. How many dollars are still owed?', 210],
  ['A pool is filled by two pipes with 40 and 25 litres a minute. How many litres are in it after 18 minutes?', 1170],
  ['What is 17 times 23, minus 91?', 300],
  ['What is 1008 divided by 14, plus 55?', 127],
  ['A courier carries 11 parcels of 3 kilograms and 7 parcels of 8 kilograms. How many kilograms is that?', 89],
  ['Of 250 seeds 82 percent sprout. How many do not sprout?', 45],
  ['Ana is twice as old as Bo was 6 years ago. Bo is 21. How old is Ana?', 30],
  ['A film starts at 19:40 and runs for 135 minutes. How many minutes after 21:00 does it end?', 55],
  [
    'A bag has 5 red, 9 blue and some green balls. There are 22 balls. How many more blue than green ones are there?',
    1,
  ],
];

/** The questions of the correctness gate, of our own writing. */
export const QUESTIONS: readonly Question[] = ROWS.map(([text, answer], at) => ({
  id: `q${String(at + 1).padStart(2, '0')}`,
  text,
  answer,
}));

const INSTRUCTION = 'Work it out in a few short steps. End with a line that holds only "Answer: " and the number.';

/** What a server is asked. */
export function renderPrompt({ text }: Question): string {
  return `${text}\n${INSTRUCTION}`;
}
