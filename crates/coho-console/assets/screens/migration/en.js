export default {
  title: 'Migration',
};
