export default {
  title: 'Back-to-origin',
};
